package attmask.ops.cpu;

import attmask.ops.AdamW.Betas;
import attmask.ops.AdamW.Update;
import attmask.ops.AttentionMask.Rule;
import attmask.ops.DistillationCrossEntropy.Temperatures;
import attmask.ops.Grid;
import attmask.ops.Segment;
import attmask.ops.Sgd;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Calls of every op at awkward and at real sizes. */
final class OpCases {
    private OpCases() {}

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        int[][] sizes = {{1, 1}, {1, 31}, {31, 33}, {33, 197}, {197, 192}, {64, 37}, {127, 1}, {65, 65}, {130, 384}};
        for (int[] size : sizes) {
            rowOps(cases, size[0], size[1]);
            linear(cases, size[0], size[1], 31);
            loss(cases, size[0], size[1]);
        }
        linear(cases, 197, 192, 576);
        linear(cases, 1041, 192, 192);
        linear(cases, 300, 256, 1031);
        linear(cases, 7, 768, 192);
        rowOps(cases, 3, 20011);
        loss(cases, 5, 16411);
        int[][] attention = {
            {1, 1, 1, 1},
            {2, 17, 3, 12},
            {1, 31, 2, 36},
            {5, 65, 2, 64},
            {1, 197, 3, 64},
            {2, 131, 1, 7},
            {1, 300, 2, 5}
        };
        for (int[] a : attention) {
            attention(cases, a[0], a[1], a[2], a[3]);
        }
        tokens(cases, 1, 1, 1, 1);
        tokens(cases, 3, 5, 7, 31);
        tokens(cases, 4, 14, 14, 192);
        optimizer(cases);
        cases.add(new OpCase("unfold 2x3x(10x15)/5", (b, t) -> b.unfold().forward(t.get("y"), t.get("x"), 5))
                .reals("y", 1, 12, 75)
                .reals("x", 1, 2, 3, 10, 15));
        cases.add(new OpCase("unfold 3x1x(32x16)/4", (b, t) -> b.unfold().forward(t.get("y"), t.get("x"), 4))
                .reals("y", 1, 96, 16)
                .reals("x", 1, 3, 1, 32, 16));
        return cases;
    }

    private static void linear(List<OpCase> cases, int rows, int in, int out) {
        String size = " " + rows + "x" + in + "x" + out;
        cases.add(new OpCase("linear forward" + size, (b, t) -> b.linear()
                        .forward(t.get("y"), t.get("x"), t.get("w"), t.get("b")))
                .reals("y", 1, rows, out)
                .reals("x", 1, rows, in)
                .reals("w", 1, out, in)
                .reals("b", 1, out));
        cases.add(new OpCase("linear forward, no bias" + size, (b, t) -> b.linear()
                        .forward(t.get("y"), t.get("x"), t.get("w"), null))
                .reals("y", 1, rows, out)
                .reals("x", 1, rows, in)
                .reals("w", 1, out, in));
        cases.add(new OpCase("linear forward gelu" + size, (b, t) -> b.linear()
                        .forwardGelu(t.get("y"), t.get("h"), t.get("x"), t.get("w"), t.get("b")))
                .reals("y", 1, rows, out)
                .reals("h", 1, rows, out)
                .reals("x", 1, rows, in)
                .reals("w", 1, out, in)
                .reals("b", 1, out));
        cases.add(new OpCase("linear backward input gelu" + size, (b, t) -> b.linear()
                        .backwardInputGelu(t.get("dh"), t.get("dy"), t.get("w"), t.get("h")))
                .reals("dh", 1, rows, in)
                .reals("dy", 1, rows, out)
                .reals("w", 1, out, in)
                .reals("h", 1, rows, in));
        cases.add(new OpCase("linear backward input" + size, (b, t) -> b.linear()
                        .backwardInput(t.get("dx"), t.get("dy"), t.get("w")))
                .reals("dx", 1, rows, in)
                .reals("dy", 1, rows, out)
                .reals("w", 1, out, in));
        cases.add(new OpCase("linear backward weight" + size, (b, t) -> b.linear()
                        .backwardWeight(t.get("dw"), t.get("db"), t.get("dy"), t.get("x")))
                .reals("dw", 1, out, in)
                .reals("db", 1, out)
                .reals("dy", 1, rows, out)
                .reals("x", 1, rows, in));
    }

    private static void rowOps(List<OpCase> cases, int rows, int width) {
        String size = " " + rows + "x" + width;
        cases.add(new OpCase("layer norm forward" + size, (b, t) -> b.layerNorm()
                        .forward(t.get("y"), t.get("m"), t.get("r"), t.get("x"), t.get("g"), t.get("b"), 1e-6))
                .reals("y", 1, rows, width)
                .reals("m", 1, rows)
                .reals("r", 1, rows)
                .reals("x", 2, rows, width)
                .reals("g", 1, width)
                .reals("b", 1, width));
        cases.add(new OpCase("layer norm backward" + size, (b, t) -> b.layerNorm()
                        .backward(
                                t.get("dx"),
                                t.get("dg"),
                                t.get("db"),
                                t.get("dy"),
                                t.get("x"),
                                t.get("m"),
                                t.get("r"),
                                t.get("g")))
                .reals("dx", 1, rows, width)
                .reals("dg", 1, width)
                .reals("db", 1, width)
                .reals("dy", 1, rows, width)
                .reals("x", 1, rows, width)
                .reals("m", 0.2, rows)
                .positive("r", 1, rows)
                .reals("g", 1, width));
        for (int images : new int[] {1, rows}) {
            cases.add(new OpCase("layer norm forward sum" + size + " of " + images, (b, t) -> b.layerNorm()
                            .forwardSum(
                                    t.get("y"),
                                    t.get("m"),
                                    t.get("r"),
                                    t.get("x"),
                                    t.get("x"),
                                    t.get("d"),
                                    images == 1 ? null : t.get("k"),
                                    t.get("g"),
                                    t.get("b"),
                                    1e-6))
                    .reals("y", 1, rows, width)
                    .reals("m", 1, rows)
                    .reals("r", 1, rows)
                    .reals("x", 2, rows, width)
                    .reals("d", 1, rows, width)
                    .reals("k", 1, images)
                    .reals("g", 1, width)
                    .reals("b", 1, width));
            cases.add(new OpCase("layer norm backward sum" + size + " of " + images, (b, t) -> b.layerNorm()
                            .backwardSum(
                                    t.get("dx"),
                                    t.get("d"),
                                    t.get("k"),
                                    t.get("dg"),
                                    t.get("db"),
                                    t.get("dy"),
                                    t.get("x"),
                                    t.get("m"),
                                    t.get("r"),
                                    t.get("g")))
                    .reals("dx", 1, rows, width)
                    .reals("d", 1, rows, width)
                    .reals("k", 1, images)
                    .reals("dg", 1, width)
                    .reals("db", 1, width)
                    .reals("dy", 1, rows, width)
                    .reals("x", 1, rows, width)
                    .reals("m", 0.2, rows)
                    .positive("r", 1, rows)
                    .reals("g", 1, width));
        }
        cases.add(new OpCase("l1 loss" + size, (b, t) -> b.l1Loss()
                        .forwardBackward(t.get("loss"), t.get("x"), t.get("x"), t.get("target"), 0.3))
                .reals("loss", 1, rows)
                .reals("x", 1, rows, width)
                .reals("target", 1, rows, width));
        cases.add(new OpCase("softmax forward" + size, (b, t) -> b.softmax()
                        .forward(t.get("y"), t.get("x"), t.get("c"), 0.1))
                .reals("y", 1, rows, width)
                .reals("x", 1, rows, width)
                .reals("c", 1, width));
        cases.add(new OpCase("softmax backward" + size, (b, t) -> b.softmax()
                        .backward(t.get("dx"), t.get("dy"), t.get("y"), 0.5))
                .reals("dx", 1, rows, width)
                .reals("dy", 1, rows, width)
                .reals("y", 0.1, rows, width));
        cases.add(new OpCase("l2 normalize forward" + size, (b, t) -> b.l2Normalize()
                        .forward(t.get("y"), t.get("n"), t.get("x")))
                .reals("y", 1, rows, width)
                .reals("n", 1, rows)
                .reals("x", 1, rows, width));
        cases.add(new OpCase("l2 normalize backward" + size, (b, t) -> b.l2Normalize()
                        .backward(t.get("dx"), t.get("dy"), t.get("y"), t.get("n")))
                .reals("dx", 1, rows, width)
                .reals("dy", 1, rows, width)
                .reals("y", 0.1, rows, width)
                .positive("n", 1, rows)
                .set("n", 0, 1e-14));
        cases.add(new OpCase("weight norm forward" + size, (b, t) -> b.weightNorm()
                        .forward(t.get("w"), t.get("n"), t.get("v"), t.get("g")))
                .reals("w", 1, rows, width)
                .reals("n", 1, rows)
                .reals("v", 1, rows, width)
                .reals("g", 1, rows));
        cases.add(new OpCase("weight norm backward" + size, (b, t) -> b.weightNorm()
                        .backward(t.get("dv"), t.get("dg"), t.get("dw"), t.get("v"), t.get("g"), t.get("n")))
                .reals("dv", 1, rows, width)
                .reals("dg", 1, rows)
                .reals("dw", 1, rows, width)
                .reals("v", 0.1, rows, width)
                .reals("g", 1, rows)
                .positive("n", 1, rows));
        int[] index = IntStream.range(0, rows).map(i -> 2 * (rows - 1 - i)).toArray();
        cases.add(new OpCase("rows gather" + size, (b, t) -> b.rows().gather(t.get("p"), t.get("a"), t.get("i")))
                .reals("p", 1, rows, width)
                .reals("a", 1, 2 * rows, width)
                .ints("i", index, rows));
        cases.add(new OpCase("rows scatter" + size, (b, t) -> b.rows().scatter(t.get("a"), t.get("p"), t.get("i")))
                .reals("p", 1, rows, width)
                .reals("a", 1, 2 * rows, width)
                .ints("i", index, rows));
        cases.add(new OpCase("token mean" + size, (b, t) -> b.tokenMean().forward(t.get("m"), t.get("x"), 3, 1))
                .reals("m", 1, width)
                .reals("x", 1, 3 * rows, width));
        cases.add(new OpCase("arg max" + size, (b, t) -> b.argMax().forward(t.get("i"), t.get("x")))
                .ints("i", new int[rows], rows)
                .reals("x", 1, rows, width));
        cases.add(new OpCase("ema" + size, (b, t) -> b.ema().update(t.get("a"), t.get("v"), 0.996))
                .reals("a", 1, rows, width)
                .reals("v", 1, rows, width));
    }

    private static void loss(List<OpCase> cases, int rows, int width) {
        int teachers = rows / 2 + 1;
        int[] pairs = IntStream.range(0, 2 * rows)
                .map(i -> i % 5 == 3 ? -1 : i * 7 % teachers)
                .toArray();
        if (rows > 4) {
            pairs[4] = -1;
            pairs[5] = -1;
        }
        cases.add(new OpCase("cross entropy " + rows + "x" + width, (b, t) -> b.crossEntropy()
                        .forwardBackward(t.get("loss"), t.get("dlogits"), t.get("logits"), t.get("targets"), 0.3))
                .reals("loss", 1, 2 * rows)
                .reals("dlogits", 1, 2 * rows, width)
                .reals("logits", 3, 2 * rows, width)
                .reals("targets", 1, rows, width));
        cases.add(new OpCase("distillation " + rows + "x" + width, (b, t) -> b.distillationCrossEntropy()
                        .forwardBackward(
                                t.get("loss"),
                                t.get("entropy"),
                                t.get("student"),
                                t.get("student"),
                                t.get("teacher"),
                                t.get("pairs"),
                                t.get("weights"),
                                t.get("center"),
                                new Temperatures(0.4, 0.5)))
                .reals("loss", 1, rows)
                .reals("entropy", 1, rows)
                .reals("student", 1, rows, width)
                .reals("teacher", 1, teachers, width)
                .ints("pairs", pairs, rows, 2)
                .positive("weights", 1, rows)
                .reals("center", 0.1, width));
    }

    private static void attention(List<OpCase> cases, int images, int tokens, int heads, int head) {
        int width = heads * head;
        int rows = images * tokens;
        String size = " " + images + "x" + tokens + "x" + heads + "x" + head;
        cases.add(new OpCase("attention forward" + size, (b, t) -> b.attention()
                        .forward(t.get("out"), t.get("lse"), t.get("qkv")))
                .reals("out", 1, rows, width)
                .reals("lse", 1, images, heads, tokens)
                .reals("qkv", 1, rows, 3 * width));
        cases.add(new OpCase("attention both" + size, (b, t) -> {
                    b.attention().forward(t.get("out"), t.get("lse"), t.get("qkv"));
                    b.attention().backward(t.get("dqkv"), t.get("dout"), t.get("qkv"), t.get("out"), t.get("lse"));
                    b.attention().probabilities(t.get("p"), t.get("qkv"), t.get("lse"));
                })
                .reals("out", 1, rows, width)
                .reals("lse", 1, images, heads, tokens)
                .reals("qkv", 1, rows, 3 * width)
                .reals("dqkv", 1, rows, 3 * width)
                .reals("dout", 1, rows, width)
                .reals("p", 1, images, heads, tokens, tokens));
        if (tokens > 1) {
            int patches = tokens - 1;
            cases.add(new OpCase("attention scores" + size, (b, t) -> b.attentionMask()
                            .scores(t.get("s"), t.get("qkv"), heads))
                    .reals("s", 1, images, patches)
                    .reals("qkv", 1, rows, 3 * width));
            for (boolean highest : new boolean[] {true, false}) {
                Rule rule = new Rule(highest, patches / 3, patches / 4, patches / 8, 0.7, 5, 2);
                OpCase select = new OpCase("attention select" + size + " " + highest, (b, t) -> b.attentionMask()
                                .select(t.get("mask"), t.get("rows"), t.get("s"), rule))
                        .reals("s", 1, images, patches)
                        .bytes("mask", new byte[images * patches], images, patches)
                        .ints("rows", new int[images * patches], images * patches);
                for (int i = 0; i + 3 < patches; i += 4) {
                    select.set("s", i, 0.5).set("s", i + 3, 0.5);
                }
                cases.add(select);
            }
        }
    }

    private static void tokens(List<OpCase> cases, int images, int height, int wide, int width) {
        int patches = height * wide;
        int rows = images * (1 + patches);
        byte[] mask = new byte[images * patches];
        for (int i = 0; i < mask.length; i += 3) {
            mask[i] = 1;
        }
        String size = " " + images + "x" + patches + "x" + width;
        cases.add(new OpCase("token assembly forward" + size, (b, t) -> b.tokenAssembly()
                        .forward(t.get("t"), t.get("p"), t.get("c"), t.get("m"), t.get("mask"), t.get("pos")))
                .reals("t", 1, rows, width)
                .reals("p", 1, images * patches, width)
                .reals("c", 1, width)
                .reals("m", 1, width)
                .bytes("mask", mask, images, patches)
                .reals("pos", 1, 1 + patches, width));
        cases.add(new OpCase("token assembly backward" + size, (b, t) -> b.tokenAssembly()
                        .backward(t.get("p"), t.get("c"), t.get("m"), t.get("pos"), t.get("t"), t.get("mask")))
                .reals("t", 1, rows, width)
                .reals("p", 1, images * patches, width)
                .reals("c", 1, width)
                .reals("m", 1, width)
                .bytes("mask", mask, images, patches)
                .reals("pos", 1, 1 + patches, width));
        cases.add(new OpCase("token assembly unmasked" + size, (b, t) -> {
                    b.tokenAssembly().forward(t.get("t"), t.get("p"), t.get("c"), null, null, t.get("pos"));
                    b.tokenAssembly().backward(t.get("p"), t.get("c"), null, t.get("pos"), t.get("t"), null);
                })
                .reals("t", 1, rows, width)
                .reals("p", 1, images * patches, width)
                .reals("c", 1, width)
                .reals("pos", 1, 1 + patches, width));
        Grid from = new Grid(height, wide);
        for (Grid to : List.of(from, new Grid(height + 2, wide), new Grid(3, 6))) {
            cases.add(new OpCase("position resize " + from + " " + to + "x" + width, (b, t) -> {
                        b.positionResize().forward(t.get("out"), t.get("pos"), from, to);
                        b.positionResize().backward(t.get("dpos"), t.get("out"), from, to);
                    })
                    .reals("out", 1, 1 + to.tokens(), width)
                    .reals("pos", 1, 1 + patches, width)
                    .reals("dpos", 1, 1 + patches, width));
        }
    }

    private static void optimizer(List<OpCase> cases) {
        List<Segment> segments = List.of(
                new Segment(0, 3),
                new Segment(16, 20000),
                new Segment(20016, 0),
                new Segment(20016, 8192),
                new Segment(28224, 1));
        int count = 28230;
        for (double max : new double[] {3, 0, 1e9}) {
            cases.add(new OpCase("clip gradients " + max, (b, t) -> b.clipGradients()
                            .apply(t.get("g"), t.get("n"), segments, max))
                    .reals("g", 1, count)
                    .reals("n", 1, segments.size()));
        }
        List<Update> updates = List.of(
                new Update(segments.get(0), 0.04, 3),
                new Update(segments.get(1), 0, 1),
                new Update(segments.get(2), 0, 1),
                new Update(segments.get(3), 0.1, 0),
                new Update(segments.get(4), 0.2, 70));
        List<Sgd.Update> descents = IntStream.range(0, segments.size())
                .mapToObj(i -> new Sgd.Update(segments.get(i), 0.1 * i))
                .toList();
        cases.add(new OpCase("sgd", (b, t) -> b.sgd().step(t.get("p"), t.get("g"), t.get("v"), descents, 0.9))
                .reals("p", 1, count)
                .reals("g", 1, count)
                .reals("v", 1, count));
        cases.add(new OpCase("adam w", (b, t) -> b.adamW()
                        .step(t.get("p"), t.get("g"), t.get("m"), t.get("v"), updates, 0.01, Betas.DEFAULT))
                .reals("p", 1, count)
                .reals("g", 1, count)
                .reals("m", 0.1, count)
                .positive("v", 1, count));
    }
}
