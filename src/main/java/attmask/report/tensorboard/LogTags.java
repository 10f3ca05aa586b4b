package attmask.report.tensorboard;

import attmask.report.RunLog.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Under which tags the fields of {@code log.jsonl} are shown. A field without a place of its own is under its line's kind. */
final class LogTags {
    private static final Pattern NEIGHBOURS = Pattern.compile("knn(\\d+)_(top\\d)");

    /** What stands for a line's place. */
    private static final List<String> PLACE = List.of("epoch", "step");

    /** Means of epochs, and what is measured at their ends. */
    private static final Map<String, String> EPOCHS = Map.ofEntries(
            Map.entry("train_loss", "loss/total"),
            Map.entry("train_cls", "loss/cls"),
            Map.entry("train_patch", "loss/patch"),
            Map.entry("train_restoration", "loss/restoration"),
            Map.entry("train_lr", "schedule/learning_rate"),
            Map.entry("train_wd", "schedule/weight_decay"),
            Map.entry("train_mask_ratio", "schedule/mask_ratio"),
            Map.entry("train_acc", "teacher/agreement"),
            Map.entry("train_teacher_entropy", "teacher/entropy"),
            Map.entry("train_teacher_marginal_entropy", "teacher/marginal_entropy"),
            Map.entry("train_teacher_patch_entropy", "teacher/patch_entropy"),
            Map.entry("train_nmi", "clusters/nmi"),
            Map.entry("train_ari", "clusters/ari"),
            Map.entry("train_fscore", "clusters/fowlkes_mallows"),
            Map.entry("prototypes_in_use", "collapse/prototypes_in_use"),
            Map.entry("feature_deviation", "collapse/feature_deviation"),
            Map.entry("top1", "accuracy/top1"),
            Map.entry("images_per_s", "time/images_per_s"),
            Map.entry("step_ms", "time/step_ms"),
            Map.entry("step_ms_min", "time/step_ms_min"),
            Map.entry("data_wait_ms", "time/data_wait_ms"),
            Map.entry("heap_mb", "machine/heap_mb"),
            Map.entry("skipped_steps", "data/skipped_steps"),
            Map.entry("unreadable_images", "data/unreadable_images"));

    /** Of single steps; they lie beside the epochs' means, but a tag has one value a step. */
    private static final Map<String, String> STEPS = Map.of(
            "loss", "loss_of_step/total",
            "cls", "loss_of_step/cls",
            "patch", "loss_of_step/patch",
            "restoration", "loss_of_step/restoration",
            "data_wait_ms", "time_of_step/data_wait_ms",
            "epochs_done", "schedule/epochs_done");

    private LogTags() {}

    /** The numbers of a line; for a sign of collapse the remedy too. */
    static List<Value> values(Entry entry) {
        List<Value> values = new ArrayList<>();
        String sign = entry.texts().get("sign");
        entry.values().forEach((field, value) -> {
            if (!PLACE.contains(field)) {
                String tag = sign == null ? tag(entry.kind(), field) : "collapse/" + snake(sign);
                values.add(new Value.Scalar(tag, value));
            }
        });
        if (sign != null) {
            String remedy = entry.texts().getOrDefault("remedy", "");
            values.add(new Value.Text("collapse_remedy/" + snake(sign), remedy));
        }
        return values;
    }

    private static String tag(String kind, String field) {
        Matcher neighbours = NEIGHBOURS.matcher(field);
        if (neighbours.matches()) {
            return "knn/" + neighbours.group(1) + "_" + neighbours.group(2);
        }
        String known = kind.equals("step") ? STEPS.get(field) : EPOCHS.get(field);
        return known == null ? kind + "/" + field : known;
    }

    private static String snake(String words) {
        return words.toLowerCase(Locale.ROOT).replace(' ', '_');
    }
}
