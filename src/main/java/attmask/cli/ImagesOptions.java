package attmask.cli;

import attmask.config.DataConfig;
import attmask.config.UserException;
import attmask.data.DataSet;
import attmask.data.DataSets;
import attmask.data.ImageSource;
import attmask.eval.TrainedModel;
import picocli.CommandLine.Option;

/** The images that an evaluation of one set of images looks at. */
final class ImagesOptions {
    private enum Split {
        AUTO,
        TRAIN,
        VAL
    }

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "images: any folder, .pack or .tar that train takes, or shapes",
            defaultValue = DataConfig.SHAPES)
    private String data;

    @Option(
            names = "--split",
            paramLabel = "S",
            description = "train or val; auto: val if --data has validation images",
            defaultValue = "auto")
    private Split split;

    @Option(
            names = "--subset",
            paramLabel = "N",
            description = "first N training images of each class; 0 for all",
            defaultValue = "0")
    private int subset;

    /** @throws UserException if there are none */
    ImageSource open(TrainedModel model) {
        DataConfig config = DataConfig.of(data, subset, model.config().data());
        DataSet set = DataSets.open(config, model.config().globalSize());
        boolean validation = split == Split.VAL || (split == Split.AUTO && set.hasValidation());
        if (validation && !set.hasValidation()) {
            throw new UserException(data + " has no validation images (val/); use --split train");
        }
        ImageSource source = validation ? set.validation() : set.train();
        System.out.printf("data     %s: %,d %s images%n", data, source.size(), validation ? "validation" : "training");
        return source;
    }

    String data() {
        return data;
    }
}
