package attmask.checkpoint.exchange;

import attmask.checkpoint.ModelWeights;
import attmask.checkpoint.StoredTensor;
import attmask.config.HeadConfig;
import attmask.config.ModelConfig;
import attmask.config.Size;
import attmask.config.UserException;
import attmask.file.Untrusted;
import attmask.nn.ParameterLayout;
import attmask.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A Vision Transformer of another program, open for reading: a checkpoint of AttMask, iBOT or DINO, or a backbone alone
 * under timm's names.
 */
public final class ForeignModel implements AutoCloseable {
    /** Under what names other programs save a single network. */
    private static final List<String> WRAPPERS =
            List.of("state_dict", "model_state_dict", "model", "model_ema", "network");

    private static final int SHOWN = 6;

    private final ForeignFile file;
    private final Map<String, ForeignNetwork> networks = new LinkedHashMap<>();
    private final List<String> leftOut = new ArrayList<>();
    private final ModelWeights weights;

    private ForeignModel(ForeignFile file, int heads, Size image) {
        this.file = file;
        findNetworks();
        ForeignNetwork first = networks.values().iterator().next();
        try {
            ModelConfig model = Architectures.model(first, heads, image);
            Optional<HeadConfig> head = head(model);
            ParameterLayout layout = Architectures.layout(first, model, head.orElse(null));
            Map<String, Map<String, StoredTensor>> selected = new LinkedHashMap<>();
            networks.forEach((name, network) -> selected.put(name, select(name, network, layout, model)));
            weights = new ModelWeights(
                    Architectures.config(model, head),
                    selected.getOrDefault("student", Map.of()),
                    selected.getOrDefault("teacher", Map.of()),
                    head.map(this::centers).orElse(Map.of()));
        } catch (ArithmeticException e) {
            throw new UserException(first.unusable("its sizes are impossible").getMessage(), e);
        }
    }

    /**
     * Opens a file; the tensors are read when asked for.
     *
     * @param heads attention heads, 0 for the width over 64
     * @param image size that the positions are for, null for a square
     * @throws UserException if it is damaged, unsafe, or no Vision Transformer of this program's form
     */
    public static ForeignModel open(Path path, int heads, Size image) {
        ForeignFile file = ForeignFile.open(path);
        try {
            return new ForeignModel(file, heads, image);
        } catch (UserException e) {
            file.close();
            throw e;
        }
    }

    /** Student and teacher, or a single network, which counts as the teacher. */
    private void findNetworks() {
        Map<?, ?> root = file.root();
        if (root.get("student") instanceof Map<?, ?> || root.get("teacher") instanceof Map<?, ?>) {
            for (String name : List.of("student", "teacher")) {
                if (root.get(name) instanceof Map<?, ?> dictionary) {
                    networks.put(name, new ForeignNetwork(file.path(), dictionary));
                }
            }
            root.keySet().stream()
                    .map(String::valueOf)
                    .filter(name -> !networks.containsKey(name))
                    .forEach(leftOut::add);
            return;
        }
        Map<?, ?> single = root;
        for (String wrapper : WRAPPERS) {
            if (single == root && root.get(wrapper) instanceof Map<?, ?> dictionary) {
                single = dictionary;
                root.keySet().stream()
                        .map(String::valueOf)
                        .filter(name -> !name.equals(wrapper))
                        .forEach(leftOut::add);
            }
        }
        ForeignNetwork network = new ForeignNetwork(file.path(), single);
        if (!network.has("cls_token")) {
            String names = root.keySet().stream()
                    .limit(SHOWN)
                    .map(name -> Untrusted.shown(String.valueOf(name)))
                    .collect(Collectors.joining(", "));
            throw network.unusable("there is no Vision Transformer in it; at the top it has " + names
                    + (root.size() > SHOWN ? ", …" : ""));
        }
        networks.put("teacher", network);
    }

    private Optional<HeadConfig> head(ModelConfig model) {
        Optional<HeadConfig> head = Architectures.head(networks.values());
        return head.filter(sizes -> networks.values().stream()
                .allMatch(network -> network.misfit(Architectures.layout(network, model, sizes)) == null));
    }

    private Map<String, StoredTensor> select(
            String name, ForeignNetwork network, ParameterLayout layout, ModelConfig model) {
        String misfit = network.misfit(layout);
        if (misfit != null) {
            throw network.unusable(misfit + " (in its " + name + ")");
        }
        Map<String, StoredTensor> selected = network.select(layout, model.width());
        for (String rest : network.rest(selected)) {
            if (!isSecondName(rest, selected)) {
                leftOut.add(name + "." + rest);
            }
        }
        return selected;
    }

    /** The other name of a shared last layer. */
    private static boolean isSecondName(String name, Map<String, StoredTensor> selected) {
        return name.startsWith("head.last_layer2.") && selected.containsKey("head.last_layer.weight_v");
    }

    /** Of the loss: center (1, K) for [CLS], center2 (1, 1, K') for patches, which DINO has not. */
    private Map<String, StoredTensor> centers(HeadConfig head) {
        Map<String, StoredTensor> centers = new LinkedHashMap<>();
        for (String loss : List.of("ibot_loss", "dino_loss")) {
            if (file.root().get(loss) instanceof Map<?, ?> buffers) {
                center(buffers.get("center"), head.prototypes())
                        .ifPresent(center -> centers.put(ModelWeights.CLS_CENTER, center));
                center(buffers.get("center2"), head.patchPrototypes())
                        .ifPresent(center -> centers.put(ModelWeights.PATCH_CENTER, center));
                leftOut.remove(loss);
            }
        }
        return centers;
    }

    private static Optional<StoredTensor> center(Object buffer, int prototypes) {
        boolean fits = buffer instanceof StoredTensor tensor
                && tensor.shape().count() == prototypes
                && tensor.type().isFloating();
        return fits
                ? Optional.of(new ReshapedTensor((StoredTensor) buffer, Shape.of(1, prototypes)))
                : Optional.empty();
    }

    /** What is brought in; its tensors are read while this is open. */
    public ModelWeights weights() {
        return weights;
    }

    /** For instance "PyTorch zip archive". */
    public String description() {
        return file.description();
    }

    /** Names of what is in the file and not brought in. */
    public List<String> leftOut() {
        return leftOut.stream().map(Untrusted::shown).toList();
    }

    @Override
    public void close() {
        file.close();
    }
}
