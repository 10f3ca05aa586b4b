package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.LinearHead;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** linear, masked-accuracy and finetune as a user runs them on a checkpoint of a tiny model. */
class SupervisedCommandsTest {
    @TempDir
    static Path folder;

    private static Outcome run(String line) {
        return Outcome.of(line.replace("FOLDER", folder.toString()).split(" +"));
    }

    private static Outcome done(String line) {
        Outcome outcome = run(line);
        assertEquals(0, outcome.code(), outcome.err());
        return outcome;
    }

    private static JsonNode json(String name) throws IOException {
        return new ObjectMapper().readTree(folder.resolve(name).toFile());
    }

    @BeforeAll
    static void pretrain() {
        done("train --output=FOLDER/run --device=cpu --width=24 --depth=2 --heads=2 --patch=8 --epochs=1 --batch-size=8"
                + " --threads=1 --set=head.hidden=16 --set=head.bottleneck=8 --set=head.prototypes=16"
                + " --set=data.shapesTrain=24 --set=data.shapesValidation=10 --set=augmentation.localSize=16"
                + " --set=optimizer.freezeLastLayer=1");
    }

    @Test
    void linearThenMaskedAccuracy() throws IOException {
        for (String kind : new String[] {"cached", "augmented"}) {
            Outcome linear = done("linear FOLDER/run --device=cpu --threads=1 --features=" + kind
                    + " --epochs=3 --batch=8 --rates=0.1,1 --head=FOLDER/" + kind + ".safetensors --output=FOLDER/"
                    + kind + ".json");
            assertTrue(linear.out().contains("last 2 blocks, 48 numbers"), linear.out());
            JsonNode results = json(kind + ".json");
            assertEquals("linear", results.get("evaluation").textValue());
            assertEquals(2, results.get("results").size());
            assertEquals(0.1, results.get("results").get(0).get("rate").doubleValue());
            double best = results.get("best_top1").doubleValue();

            LinearHead head = LinearHead.open(folder.resolve(kind + ".safetensors"));
            assertEquals(48, head.width());
            assertEquals(10, head.classes().size());

            done("masked-accuracy FOLDER/run --device=cpu --threads=1 --shares=0,0.5,1 --head=FOLDER/" + kind
                    + ".safetensors --output=FOLDER/masked.json");
            JsonNode masked = json("masked.json").get("results");
            assertEquals(3, masked.size());
            assertEquals(best, masked.get(0).get("top1").doubleValue(), "nothing hidden");
            assertEquals(8, masked.get(1).get("hidden").intValue());
            assertEquals(10, masked.get(2).get("top1").doubleValue(), "black images are of one of ten classes");
            done("masked-accuracy FOLDER/run --device=cpu --threads=1 --shares=0.5 --head=FOLDER/" + kind
                    + ".safetensors --output=FOLDER/masked.csv");
            assertEquals(
                    List.of("share,hidden,top1", "0.5,8," + masked.get(1).get("top1")),
                    Files.readAllLines(folder.resolve("masked.csv")));
        }
    }

    @Test
    void finetune() throws IOException {
        String options = " --device=cpu --threads=1 --epochs=2 --batch=8 --warmup-epochs=1";
        Outcome tuned = done("finetune FOLDER/run --output=FOLDER/tuned" + options);
        assertTrue(tuned.out().contains("start    the teacher of"), tuned.out());
        assertTrue(tuned.out().contains("epoch 2/2"), tuned.out());
        assertEquals(2, Files.readAllLines(folder.resolve("tuned/log.jsonl")).size());
        assertTrue(Files.exists(folder.resolve("tuned/checkpoint.safetensors")));

        Outcome scratch = done("finetune FOLDER/run --from-scratch --output=FOLDER/scratch" + options);
        assertTrue(scratch.out().contains("start    random weights"), scratch.out());
        Outcome resumed = done("finetune FOLDER/run --resume --output=FOLDER/tuned" + options);
        assertTrue(resumed.out().contains("resumed after step 6 of 6"), resumed.out());
        Outcome other = run("finetune FOLDER/run --resume --output=FOLDER/tuned --mixup=0" + options);
        assertEquals(1, other.code());
        assertTrue(other.err().contains("mixup is 0.8, not 0.0"), other.err());
        Outcome full = run("finetune FOLDER/run --output=FOLDER/tuned" + options);
        assertEquals(1, full.code());
        assertTrue(full.err().contains("already holds a run"), full.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | linear FOLDER/none",
                "1 | linear FOLDER/run --data=FOLDER/empty",
                "1 | linear FOLDER/run --rates=0",
                "1 | linear FOLDER/run --epochs=0",
                "1 | linear FOLDER/run --blocks=0",
                "1 | linear FOLDER/run --smallest-crop=2",
                "1 | linear FOLDER/run --batch=100",
                "1 | linear FOLDER/run --epochs=1 --batch=8 --head=FOLDER/no/such/folder/head.safetensors",
                "2 | linear FOLDER/run --features=both",
                "2 | masked-accuracy FOLDER/run",
                "1 | masked-accuracy FOLDER/run --head=FOLDER/none.safetensors",
                "1 | masked-accuracy FOLDER/run --head=FOLDER/run/checkpoint.safetensors",
                "1 | masked-accuracy FOLDER/run --head=FOLDER/none.safetensors --shares=1.5",
                "1 | finetune FOLDER/run --epochs=3",
                "1 | finetune FOLDER/run --batch=100 --output=FOLDER/large",
                "1 | finetune FOLDER/none --output=FOLDER/a",
                "1 | finetune FOLDER/run --resume --output=FOLDER/b",
                "1 | finetune FOLDER/run --resume --output=FOLDER/run",
            })
    void badInputIsOneLineWithoutATrace(int code, String line) {
        Outcome outcome = run(line + " --device=cpu");
        assertEquals(code, outcome.code(), outcome.out() + outcome.err());
        assertTrue(outcome.err().startsWith("error: "), outcome.err());
        assertFalse(outcome.err().contains("\tat "), outcome.err());
        assertFalse(outcome.err().contains("an error of this program"), outcome.err());
        assertTrue(code == 2 || outcome.err().strip().lines().count() == 1, outcome.err());
        assertFalse(Files.exists(folder.resolve("large")), "a run that was refused has left a folder");
    }
}
