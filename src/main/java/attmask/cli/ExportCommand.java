package attmask.cli;

import attmask.checkpoint.CheckpointFile;
import attmask.checkpoint.exchange.SafeTensorsExport;
import attmask.checkpoint.onnx.OnnxExport;
import attmask.config.UserException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code export}: weights for other programs. */
@Command(
        name = "export",
        description = "Writes a checkpoint's weights for other programs.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class ExportCommand implements Callable<Integer> {
    /** What to write. */
    enum Format {
        TIMM,
        ORIGINAL,
        ONNX
    }

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            required = true,
            description =
                    "timm: the teacher's backbone as safetensors under timm's names; original: student, teacher and"
                            + " centers as safetensors under the names of the PyTorch program; onnx: the teacher's backbone as a"
                            + " program, images in, [CLS] embedding and last attention out")
    private Format format;

    @Option(
            names = {"--out", "-o"},
            paramLabel = "FILE",
            required = true,
            description = "the file to write")
    private Path out;

    @Option(
            names = "--dynamic-size",
            description =
                    "onnx: images of any size, positions resized as in training; without it the trained size only")
    private boolean dynamicSize;

    @Override
    public Integer call() {
        if (dynamicSize && format != Format.ONNX) {
            throw new UserException("--dynamic-size is for --format onnx; leave it out");
        }
        try (CheckpointFile file = CheckpointFile.verified(GivenCheckpoint.file(checkpoint))) {
            switch (format) {
                case TIMM -> SafeTensorsExport.timm(file.weights(), out);
                case ORIGINAL -> SafeTensorsExport.original(file.weights(), out);
                case ONNX -> OnnxExport.write(file.weights(), dynamicSize, out);
            }
        }
        System.out.println("wrote " + out);
        return 0;
    }
}
