package attmask.checkpoint.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import attmask.config.UserException;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** An ONNX graph in the making. Values are known by name; what adds a value returns its name. */
final class OnnxGraph {
    /** Protobuf's limit on one message, less room for names. */
    private static final long LARGEST = Integer.MAX_VALUE - (1L << 24);

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private long bytes;

    OnnxGraph(String name) {
        graph.setName(name);
    }

    /** Float numbers that are part of the model, row-major. */
    String floats(String name, float[] values, int... dims) {
        bytes += 4L * values.length;
        if (bytes > LARGEST) {
            throw new UserException("the weights take more than the 2 GB that an ONNX file may have;"
                    + " export a smaller model, or take --format timm");
        }
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return constant(name, TensorProto.DataType.FLOAT, data, dims);
    }

    /** A vector of whole numbers, such as a shape. */
    String wholes(String name, long... values) {
        ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return constant(name, TensorProto.DataType.INT64, data, values.length);
    }

    /** One whole number, of rank 0. */
    String constant(String name, long value) {
        ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        return constant(name, TensorProto.DataType.INT64, data);
    }

    private String constant(String name, TensorProto.DataType type, ByteBuffer data, int... dims) {
        ByteString raw = UnsafeByteOperations.unsafeWrap(data.array());
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .setRawData(raw);
        for (int dim : dims) {
            tensor.addDims(dim);
        }
        graph.addInitializer(tensor);
        return name;
    }

    /** A node without attributes. */
    String node(String operator, String output, String... inputs) {
        return node(operator, output, List.of(), inputs);
    }

    /** A node; an input "" is left out. */
    String node(String operator, String output, List<AttributeProto> attributes, String... inputs) {
        graph.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .setName(output + "/" + operator)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .addAllAttribute(attributes));
        return output;
    }

    static AttributeProto whole(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto wholes(String name, List<Long> values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(values)
                .build();
    }

    static AttributeProto real(String name, double value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF((float) value)
                .build();
    }

    static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    /** @param dims sizes, or names of sizes that each run chooses */
    void input(String name, Object... dims) {
        graph.addInput(value(name, dims));
    }

    /** @param dims sizes, or names of sizes that each run chooses */
    void output(String name, Object... dims) {
        graph.addOutput(value(name, dims));
    }

    private static ValueInfoProto value(String name, Object... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object dim : dims) {
            Dimension.Builder dimension = Dimension.newBuilder();
            shape.addDim(
                    dim instanceof Integer size ? dimension.setDimValue(size) : dimension.setDimParam(dim.toString()));
        }
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder()
                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                .setShape(shape);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    GraphProto build() {
        return graph.build();
    }
}
