package attmask.cli;

import static attmask.cli.ConfigOption.flag;
import static attmask.cli.ConfigOption.list;
import static attmask.cli.ConfigOption.one;

import attmask.config.Architecture;
import attmask.config.UserException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The one table of options and the settings they stand for; aliases are the original program's names. */
final class ConfigOptions {
    private ConfigOptions() {}

    /** Options by heading, in the order of the help. */
    static Map<String, List<ConfigOption>> byHeading() {
        Map<String, List<ConfigOption>> groups = new LinkedHashMap<>();
        groups.put("Any setting", List.of(anySetting()));
        groups.put("Data", data());
        groups.put("Run", run());
        groups.put("Model", model());
        groups.put("Head", head());
        groups.put("Masking", masking());
        groups.put("Loss", loss());
        groups.put("Optimiser", optimiser());
        groups.put("Augmentation", augmentation());
        return groups;
    }

    private static ConfigOption anySetting() {
        return one("--set", "", "PATH=VALUE", "by its path in the file, such as augmentation.blur.radius=0.1,2")
                .meaning(ConfigOptions::assignment);
    }

    private static Map<String, String> assignment(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new UserException("--set " + text + ": write PATH=VALUE, such as mask.ratio=0.3");
        }
        return Map.of(text.substring(0, equals), text.substring(equals + 1));
    }

    private static List<ConfigOption> data() {
        return List.of(
                one("--data", "data.source", "DIR", "folder of images, .pack, .tar, or shapes for the built-in ones")
                        .alias("--data_path"),
                one("--subset", "data.subset", "N", "first N images of each class; 0 for all")
                        .rewrite(value -> value.equals("-1") ? "0" : value),
                one("--percent", "data.percent", "P", "of these, the first P percent of each class"),
                one("--validation-subset", "data.validationSubset", "N", "first N validation images of each class"),
                one("--workers", "data.workers", "N", "threads that load images; 0 for one on each core")
                        .alias("--num_workers"),
                one("--cache-bytes", "data.cacheBytes", "BYTES", "memory for decoded images"),
                one("--shapes-train", "data.shapesTrain", "N", "built-in images to train on"),
                one("--shapes-validation", "data.shapesValidation", "N", "built-in images to validate on"));
    }

    private static List<ConfigOption> run() {
        return List.of(
                one("--epochs", "run.epochs", "N", "a run shorter than the preset's shortens the warm-ups likewise"),
                one("--batch", "run.batch", "N", "images of a step")
                        .alias("--batch-size")
                        .alias("--batch_size_per_gpu"),
                one(
                        "--accumulate",
                        "run.accumulate",
                        "N",
                        "compute a step in N equal parts, one after the other: the memory of a batch N times smaller, the"
                                + " same update"),
                one("--seed", "run.seed", "N", "of all randomness"),
                one(
                        "--skip-limit",
                        "run.skipLimit",
                        "N",
                        "steps in a row that are not finite and end the run, exit code 3"),
                one(
                        "--on-nonfinite",
                        "run.onNonFinite",
                        "NAME",
                        "after so many: stop, or rewind to the last checkpoint and go on with half the learning rate"),
                one("--init", "run.init", "FILE", "start from the weights of a checkpoint, a run's or an imported one"),
                flag("--fresh-head", "run.freshHead", "with --init: draw the head anew"),
                one("--device", "run.device", "NAME", "auto, cpu or cuda"),
                one(
                        "--precision",
                        "run.precision",
                        "NAME",
                        "auto (bf16 on a GPU; bf16x3 on a CPU with AMX, fp32 on others), fp32, bf16, tf32 (GPU only)"
                                + " or bf16x3 (CPU only)"),
                one("--threads", "run.threads", "N", "of the CPU; 0 for one on each core"),
                one("--output", "run.output", "DIR", "run directory").alias("--output_dir"),
                one("--eval-every", "run.evalEvery", "EPOCHS", "online k-NN; 0 for before and after only")
                        .alias("--eval_every"),
                list("--knn", "run.knn", "K", "numbers of neighbours of the online k-NN")
                        .alias("--nb_knn"),
                one("--checkpoint-every", "run.checkpointEvery", "EPOCHS", "write a checkpoint over the last one"),
                one(
                        "--checkpoint-every-steps",
                        "run.checkpointEverySteps",
                        "STEPS",
                        "the same within epochs; 0 for none"),
                one("--keep-every", "run.keepEvery", "EPOCHS", "write a checkpoint that is kept; 0 for none")
                        .alias("--saveckp_freq"));
    }

    private static List<ConfigOption> model() {
        return List.of(
                one("--arch", "", "NAME", "tiny, small, base or large: sets width, depth and heads")
                        .meaning(ConfigOptions::architecture),
                one("--image-size", "model.image", "SIZE", "pixels of a global crop, such as 224 or 224x160 (HxW)"),
                one("--patch", "model.patch", "PIXELS", "side of a patch")
                        .alias("--patch-size")
                        .alias("--patch_size"),
                one("--width", "model.width", "N", "embedding dimension"),
                one("--depth", "model.depth", "N", "number of blocks"),
                one("--heads", "model.heads", "N", "attention heads"),
                one("--mlp-ratio", "model.mlpRatio", "N", "hidden width of the MLP over the width"),
                one("--drop-path", "model.dropPath", "RATE", "of the last block")
                        .alias("--drop_path"));
    }

    private static List<ConfigOption> head() {
        return List.of(
                one("--head-hidden", "head.hidden", "N", "width of the hidden layers"),
                one("--head-bottleneck", "head.bottleneck", "N", "width before the last layer"),
                one("--prototypes", "head.prototypes", "K", "outputs for [CLS]").alias("--out_dim"),
                one("--patch-prototypes", "head.patchPrototypes", "K", "outputs for patches, if the head is not shared")
                        .alias("--patch_out_dim"),
                flag("--shared-head", "head.shared", "one last layer for [CLS] and patches")
                        .alias("--shared_head"),
                flag("--norm-last-layer", "head.normLastLayer", "hold the last layer's gains at 1")
                        .alias("--norm_last_layer"));
    }

    private static List<ConfigOption> masking() {
        return List.of(
                one("--mask", "mask.strategy", "NAME", "high, hint, low, block, random, mst or none")
                        .alias("--pred_shape")
                        .rewrite(ConfigOptions::strategy),
                list("--mask-ratio", "mask.ratio", "R", "share of patches to hide; of a list, one is drawn")
                        .alias("--pred_ratio"),
                list(
                                "--mask-variation",
                                "mask.variation",
                                "R",
                                "half the width of the range that the ratio is drawn from")
                        .alias("--pred_ratio_var"),
                one("--mask-probability", "mask.probability", "P", "of a crop to be masked at all")
                        .alias("--masking_prob"),
                one("--show-max", "mask.showMax", "SHARE", "hint reveals among this share of the most attended patches")
                        .alias("--show_max"),
                one(
                        "--mask-candidates",
                        "mask.candidates",
                        "SHARE",
                        "mst hides among this share of the least attended patches"),
                one(
                        "--candidate-probability",
                        "mask.candidateProbability",
                        "P",
                        "and each of them, in every crop, with this probability"),
                one("--mask-start-epoch", "mask.startEpoch", "EPOCH", "no masks before it")
                        .alias("--pred_start_epoch"),
                one("--mask-layer", "mask.layer", "BLOCK", "whose attention decides, from 0; -1 for the last"));
    }

    private static List<ConfigOption> loss() {
        return List.of(
                one(
                        "--method",
                        "loss.method",
                        "NAME",
                        "ibot, dino or mst; it comes with --mask high, none or mst and its own weights of the losses,"
                                + " unless these are set"),
                one("--cls-weight", "loss.clsWeight", "W", "of the [CLS] loss").alias("--lambda1"),
                one("--patch-weight", "loss.patchWeight", "W", "of iBOT's patch loss; 0 makes it DINO")
                        .alias("--lambda2"),
                one("--restoration-weight", "loss.restorationWeight", "W", "of mst's restoration of the pixels"),
                one("--student-temp", "loss.studentTemp", "T", "student temperature"),
                one("--warmup-teacher-temp", "loss.warmupTeacherTemp", "T", "teacher temperature for [CLS] at first")
                        .alias("--warmup_teacher_temp"),
                one("--teacher-temp", "loss.teacherTemp", "T", "and after the warm-up")
                        .alias("--teacher_temp"),
                one("--warmup-teacher-patch-temp", "loss.warmupTeacherPatchTemp", "T", "for patches at first")
                        .alias("--warmup_teacher_patch_temp"),
                one("--teacher-patch-temp", "loss.teacherPatchTemp", "T", "and after the warm-up")
                        .alias("--teacher_patch_temp"),
                one("--warmup-teacher-temp-epochs", "loss.warmupTeacherTempEpochs", "EPOCHS", "length of this warm-up")
                        .alias("--warmup_teacher_temp_epochs"),
                one("--center-momentum", "loss.centerMomentum", "M", "of the centers"));
    }

    private static List<ConfigOption> optimiser() {
        return List.of(
                one(
                                "--learning-rate",
                                "optimizer.learningRate",
                                "LR",
                                "peak, for a batch of 256; scales with the batch")
                        .alias("--lr"),
                one("--min-learning-rate", "optimizer.minLearningRate", "LR", "at the end")
                        .alias("--min-lr")
                        .alias("--min_lr"),
                one("--warmup-epochs", "optimizer.warmupEpochs", "EPOCHS", "of the learning rate")
                        .alias("--warmup_epochs"),
                one("--weight-decay", "optimizer.weightDecay", "WD", "at the start")
                        .alias("--weight_decay"),
                one("--weight-decay-end", "optimizer.weightDecayEnd", "WD", "at the end")
                        .alias("--weight_decay_end"),
                one("--clip-gradient", "optimizer.clipGradient", "NORM", "of one parameter; 0 does not clip")
                        .alias("--clip-grad")
                        .alias("--clip_grad"),
                one("--freeze-last-layer", "optimizer.freezeLastLayer", "EPOCHS", "without updates of the last layer")
                        .alias("--freeze_last_layer"),
                one("--teacher-momentum", "optimizer.teacherMomentum", "M", "at the start; 1 at the end")
                        .alias("--momentum-teacher")
                        .alias("--momentum_teacher"));
    }

    private static List<ConfigOption> augmentation() {
        return List.of(
                one("--local-crops", "augmentation.localCrops", "N", "small crops of each image")
                        .alias("--local_crops_number"),
                one("--local-size", "augmentation.localSize", "SIZE", "pixels of a local crop"),
                list("--global-scale", "augmentation.globalScale", "MIN,MAX", "share of the image in a global crop")
                        .alias("--global_crops_scale"),
                list("--local-scale", "augmentation.localScale", "MIN,MAX", "share of the image in a local crop")
                        .alias("--local_crops_scale"),
                one("--flip", "augmentation.flip", "P", "probability of a left-right flip"),
                one("--jitter", "augmentation.jitter.probability", "P", "probability of a colour jitter"),
                one("--grey", "augmentation.grey", "P", "probability of a grey crop"),
                one("--solarise", "augmentation.solarise", "P", "probability for the second global crop"));
    }

    private static Map<String, String> architecture(String name) {
        Architecture architecture = Architecture.named(name);
        Map<String, String> settings = new TreeMap<>();
        settings.put("model.width", Integer.toString(architecture.width()));
        settings.put("model.depth", Integer.toString(architecture.depth()));
        settings.put("model.heads", Integer.toString(architecture.heads()));
        return settings;
    }

    private static String strategy(String name) {
        return name.equals("rand") ? "random" : name.replaceFirst("^attmask_", "");
    }
}
