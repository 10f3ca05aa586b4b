package attmask.checkpoint.exchange;

import attmask.checkpoint.ModelWeights;
import attmask.checkpoint.StoredTensor;
import attmask.config.UserException;
import attmask.file.Untrusted;
import attmask.nn.ParameterLayout;
import attmask.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of one network of a foreign file, under this program's names. */
final class ForeignNetwork {
    private final Path path;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

    /** @throws UserException if two tensors have the same name without their prefixes */
    ForeignNetwork(Path path, Map<?, ?> dictionary) {
        this.path = path;
        dictionary.forEach((key, value) -> {
            if (key instanceof String name && value instanceof StoredTensor tensor) {
                if (tensors.put(ForeignNames.plain(name), tensor) != null) {
                    throw unusable("it has two tensors " + Untrusted.shown(ForeignNames.plain(name)));
                }
            }
        });
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    StoredTensor get(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw unusable("it has no " + name + ", which a Vision Transformer needs");
        }
        return tensor;
    }

    /** Size of a dimension of a tensor that must have so many. */
    int size(String name, int rank, int dimension) {
        Shape shape = get(name).shape();
        if (shape.rank() != rank || shape.dim(dimension) == 0) {
            throw unusable(name + " is " + shape + "; it must have " + rank + " dimensions, none of size 0");
        }
        return shape.dim(dimension);
    }

    /** The first difference from what a model needs, or null. */
    String misfit(ParameterLayout layout) {
        return ModelWeights.misfit(tensors, layout);
    }

    /** The parameters of a model, and the mask token if there is one of the right shape. */
    Map<String, StoredTensor> select(ParameterLayout layout, int width) {
        Map<String, StoredTensor> selected = new LinkedHashMap<>();
        layout.parameters().forEach(parameter -> selected.put(parameter.name(), get(parameter.name())));
        StoredTensor mask = tensors.get(ModelWeights.MASK_TOKEN);
        if (mask != null && mask.shape().is(1, width) && mask.type().isFloating()) {
            selected.put(ModelWeights.MASK_TOKEN, mask);
        }
        return selected;
    }

    /**
     * Names that were not selected.
     *
     * @throws UserException if one of them may change what the backbone computes
     */
    List<String> rest(Map<String, StoredTensor> selected) {
        List<String> rest = new ArrayList<>();
        for (String name : tensors.keySet()) {
            if (!selected.containsKey(name)) {
                if (!ForeignNames.mayBeLeftOut(name)) {
                    throw unusable(Untrusted.shown(name) + " has no place in this program's Vision Transformer");
                }
                rest.add(Untrusted.shown(name));
            }
        }
        return rest;
    }

    UserException unusable(String complaint) {
        return new UserException("cannot import " + path + ": " + complaint);
    }
}
