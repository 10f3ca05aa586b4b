package attmask.cli;

import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.ImageSource;
import attmask.eval.Clustering;
import attmask.eval.FeatureStream;
import attmask.eval.KMeans;
import attmask.eval.PrototypeClusters;
import attmask.eval.Readout;
import attmask.eval.TrainedModel;
import attmask.ops.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster}: how well the teacher's prototypes agree with classes that it was never told. */
@Command(
        name = "cluster",
        description = "Clusters images by the teacher's prototypes (argmax of its [CLS] logits) and compares them with"
                + " the classes: NMI, ARI, Fowlkes-Mallows, accuracy by optimal assignment, purity; 0 to 1.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class ClusterCommand implements Callable<Integer> {
    private static final int BATCH = 128;
    private static final int DECIMALS = 4;

    @Parameters(paramLabel = "CHECKPOINT", description = "a checkpoint.safetensors, or the folder of a run")
    private Path checkpoint;

    @Mixin
    private ImagesOptions images;

    @Option(
            names = "--kmeans",
            split = ",",
            paramLabel = "K",
            description = "also k-means++ with K clusters on the L2-normalised [CLS] features, for instance 10,100")
    private List<Integer> kMeans = List.of();

    @Option(names = "--seed", paramLabel = "N", description = "of k-means", defaultValue = "0")
    private long seed;

    @Mixin
    private ResultsOption output;

    @Mixin
    private DeviceOptions device;

    /** First columns: what gave the clusters, and how many it could have given. */
    private record By(String by, int of) {}

    @Override
    public Integer call() {
        Results results = output.of("cluster", checkpoint, DECIMALS);
        try (Backend backend = device.announced();
                TrainedModel model =
                        new TrainedModel(GivenCheckpoint.file(checkpoint), backend, BATCH, this::readout)) {
            ImageSource source = images.open(model);
            if (!source.labelled()) {
                throw new UserException("clusters are compared with classes, and the images of " + images.data()
                        + " have none; give --data a folder of class folders");
            }
            int prototypes = model.config().head().prototypes();
            PrototypeClusters found = clusters(model, source, prototypes);
            results.about("data", images.data()).about("images", found.labels().length);
            results.add(new By("prototypes", prototypes), Clustering.of(found.labels(), found.prototypes()));
            for (int k : kMeans) {
                int[] clusters = KMeans.clusters(found.features(), k, seed);
                results.add(new By("k-means", k), Clustering.of(found.labels(), clusters));
            }
        }
        results.write();
        return 0;
    }

    private PrototypeClusters clusters(TrainedModel model, ImageSource source, int prototypes) {
        try (EvaluatedImages seen = new EvaluatedImages("cluster", source);
                FeatureStream stream = new FeatureStream(model.encoder(), seen.readable(), device.threads())) {
            return PrototypeClusters.of(stream, prototypes, source.size(), seen);
        }
    }

    private Readout.Plan readout(TrainConfig trained) {
        Readout.Plan logits = Readout.logits(trained.head());
        return kMeans.isEmpty() ? logits : Readout.joined(Readout.cls(), logits);
    }
}
