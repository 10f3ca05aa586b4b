package attmask.cli;

import attmask.config.DataConfig;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import picocli.CommandLine.Option;

/** The labelled images that something is trained and validated on. */
final class LabelledOptions {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "a folder or .pack with train/ and val/, CIFAR's binary files, or shapes",
            defaultValue = DataConfig.SHAPES)
    private String data;

    @Option(
            names = "--subset",
            paramLabel = "N",
            description = "first N training images of each class; 0 for all",
            defaultValue = "0")
    private int subset;

    /**
     * Opens the images.
     *
     * @param trained settings of the model, whose built-in images are taken
     * @throws UserException if training or validation images are missing or without labels
     */
    DataSet open(TrainConfig trained) {
        DataConfig config = DataConfig.of(data, subset, trained.data());
        DataSet set = DataSets.open(config, trained.globalSize());
        if (!set.train().labelled() || !set.hasValidation()) {
            throw new UserException(data + " has no labelled "
                    + (set.train().labelled() ? "validation" : "training")
                    + " images; give --data a folder with train/ and val/ that have a folder for each class");
        }
        System.out.printf(
                "data     %s: %,d training images of %d classes, %,d validation images%n",
                data,
                set.train().size(),
                set.train().classes().size(),
                set.validation().size());
        return set;
    }

    String data() {
        return data;
    }
}
