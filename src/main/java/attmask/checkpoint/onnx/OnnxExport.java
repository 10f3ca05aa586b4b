package attmask.checkpoint.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import attmask.checkpoint.ModelWeights;
import attmask.file.WholeFile;
import java.nio.file.Path;

/** Writes a backbone as an ONNX file. */
public final class OnnxExport {
    /** The first with LayerNormalization. */
    private static final int OPERATORS = 17;

    /** Of the file format; the one that came with operator set 17. */
    private static final int FORMAT = 8;

    private static final String INPUT =
            "images: RGB from 0 to 1, less the mean (0.485, 0.456, 0.406), over the deviation"
                    + " (0.229, 0.224, 0.225), as (batch, 3, height, width). embedding: [CLS] after the final norm. attention:"
                    + " the last block's, (batch, heads, tokens, tokens), [CLS] first.";

    private OnnxExport() {}

    /**
     * Writes the backbone to evaluate: {@code images} in, {@code embedding} and {@code attention} out, any batch.
     *
     * @param dynamicSize images of any size, with positions resized; else of the trained size
     * @throws attmask.config.UserException if it is too large for the format, or cannot be written
     */
    public static void write(ModelWeights weights, boolean dynamicSize, Path out) {
        OnnxGraph graph = new OnnxGraph("vit");
        new VisionTransformerGraph(graph, weights.config().model(), weights.backbone(), dynamicSize).build();
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(FORMAT)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPERATORS))
                .setProducerName("attmask-jcuda")
                .setDocString(INPUT)
                .setGraph(graph.build())
                .build();
        WholeFile.write(out, model::writeTo);
    }
}
