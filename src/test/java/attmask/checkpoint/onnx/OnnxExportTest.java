package attmask.checkpoint.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import attmask.checkpoint.CheckpointFile;
import attmask.checkpoint.SafeTensors;
import attmask.checkpoint.exchange.Fixtures;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.nn.Crops;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.nn.TokenLayout;
import attmask.nn.VisionTransformer;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.ops.Grid;
import attmask.ops.cpu.CpuBackend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;
import attmask.testkit.CheckpointEncoder;
import attmask.testkit.Trial;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The exported model, run by ONNX Runtime, against this program's own network. */
class OnnxExportTest {
    /** The bound of the issue; measured 7e-7, the rounding of float32 in another order of sums. */
    private static final double BOUND = 1e-4;

    @TempDir
    Path folder;

    private Path checkpoint;
    private SafeTensors expected;

    @BeforeEach
    void importTheFixture() throws IOException {
        checkpoint = Fixtures.imported(Fixtures.copy("full.pth", folder), Fixtures.HEADS);
        expected = Fixtures.expected();
    }

    /** What a run of the model gives. */
    private record Outputs(float[] embedding, float[][][][] attention) {
        /** [CLS] attention on the patches, mean over heads. */
        double[] scores() {
            int patches = attention[0][0].length - 1;
            double[] scores = new double[attention.length * patches];
            for (int b = 0; b < attention.length; b++) {
                for (float[][] head : attention[b]) {
                    for (int t = 0; t < patches; t++) {
                        scores[b * patches + t] += head[0][1 + t] / (double) attention[b].length;
                    }
                }
            }
            return scores;
        }
    }

    private Path export(boolean dynamicSize) {
        Path onnx = folder.resolve("model.onnx");
        try (CheckpointFile file = CheckpointFile.open(checkpoint)) {
            OnnxExport.write(file.weights(), dynamicSize, onnx);
        }
        return onnx;
    }

    private static Outputs run(Path onnx, float[] images, int batch, Size size) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        long[] shape = {batch, 3, size.height(), size.width()};
        try (OrtSession session = environment.createSession(onnx.toString());
                OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(images), shape);
                OrtSession.Result result = session.run(Map.of("images", input))) {
            float[][] rows = (float[][]) result.get("embedding").orElseThrow().getValue();
            float[] embedding = new float[rows.length * rows[0].length];
            for (int b = 0; b < rows.length; b++) {
                System.arraycopy(rows[b], 0, embedding, b * rows[0].length, rows[0].length);
            }
            return new Outputs(embedding, (float[][][][])
                    result.get("attention").orElseThrow().getValue());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void computesWhatThisProgramDoes(boolean dynamicSize) throws OrtException {
        float[] images = expected.floats("images");
        Outputs outputs = run(export(dynamicSize), images, Fixtures.IMAGES, Size.square(8));
        try (Backend backend = new CpuBackend(1);
                CheckpointEncoder own = new CheckpointEncoder(checkpoint, backend, Fixtures.IMAGES)) {
            assertArrayEquals(own.features(images), outputs.embedding(), (float) BOUND);
            assertArrayEquals(own.scores(images), outputs.scores(), BOUND);
        }
        assertArrayEquals(expected.floats("features"), outputs.embedding(), (float) BOUND);
        float[] attention = expected.floats("attention");
        int i = 0;
        for (float[][][] heads : outputs.attention()) {
            for (float[][] head : heads) {
                for (float[] row : head) {
                    for (float probability : row) {
                        assertEquals(attention[i++], probability, BOUND);
                    }
                }
            }
        }
        assertEquals(attention.length, i);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theBatchIsFree(int batch) throws OrtException {
        float[] images = new float[batch * 3 * 8 * 8];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) Math.sin(i);
        }
        Outputs outputs = run(export(false), images, batch, Size.square(8));
        try (Backend backend = new CpuBackend(1);
                CheckpointEncoder own = new CheckpointEncoder(checkpoint, backend, batch)) {
            assertArrayEquals(own.features(images), outputs.embedding(), (float) BOUND);
        }
    }

    @ParameterizedTest
    @CsvSource({"12,12", "4,4", "8,20", "16,4"})
    void otherSizesResizeThePositionsAsTrainingDoes(int height, int width) throws OrtException {
        Size size = new Size(height, width);
        float[] images = new float[2 * 3 * size.pixels()];
        double[] normal = Trial.normal("images", images.length);
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) normal[i];
        }
        Outputs outputs = run(export(true), images, 2, size);
        assertArrayEquals(own(images, size), outputs.embedding(), (float) BOUND);
    }

    /** [CLS] of the network for crops of another size than its positions are for. */
    private float[] own(float[] images, Size size) {
        try (Backend backend = new CpuBackend(1);
                CheckpointFile file = CheckpointFile.open(checkpoint);
                Arena arena = new Arena("other size")) {
            ModelConfig model = file.config().model();
            Grid grid = VisionTransformer.grid(size, model.patch());
            Parameters parameters = new Parameters(NetworkParameters.backbone(model), arena, backend);
            VisionTransformer network = new VisionTransformer(
                    new Weights(backend, parameters, null, arena), model, TokenLayout.of(new Crops(2, grid)), arena);
            Tensor input = arena.tensor(backend.real(), 2, 3, size.height(), size.width());
            arena.allocate(backend::allocate);
            file.weights().backbone().forEach((name, tensor) -> backend.write(parameters.get(name), tensor.doubles()));
            backend.write(input, images, 0);
            Tensor tokens = network.forward(List.of(input), null, VisionTransformer.AttentionTap.NONE);
            float[] all = new float[(int) tokens.count()];
            backend.read(tokens, all);
            float[] cls = new float[2 * model.width()];
            for (int b = 0; b < 2; b++) {
                System.arraycopy(all, b * (1 + grid.tokens()) * model.width(), cls, b * model.width(), model.width());
            }
            return cls;
        }
    }

    @Test
    void inputsAndOutputsHaveNames() throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(export(false).toString())) {
            assertEquals(Set.of("images"), session.getInputNames());
            assertEquals(Set.of("embedding", "attention"), session.getOutputNames());
            TensorInfo images =
                    (TensorInfo) session.getInputInfo().get("images").getInfo();
            assertArrayEquals(new long[] {-1, 3, 8, 8}, images.getShape());
            assertThrows(OrtException.class, () -> run(export(false), new float[3 * 12 * 12], 1, Size.square(12)));
        }
    }
}
