package attmask.train;

import attmask.nn.Parameter;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.ssl.Losses;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Looks at the tensors of a step, in the order in which they are made. */
final class StepNumbers {
    private final Backend backend;
    private final SelfDistillation learned;
    /** Of all parts together, by name. */
    private final Map<String, TensorNumbers> made = new LinkedHashMap<>();

    StepNumbers(Backend backend, SelfDistillation learned) {
        this.backend = backend;
        this.learned = learned;
    }

    /** After forward and backward of a part. */
    void part() {
        add("global crops", learned.globals());
        if (learned.locals() != null) {
            add("local crops", learned.locals());
        }
        add("teacher tokens", learned.teacherTokens());
        add("teacher [CLS] logits", learned.teacherClsLogits());
        add("gradient of [CLS] logits", learned.clsLogitGradients());
    }

    private void add(String name, Tensor tensor) {
        made.merge(name, numbers(name, tensor), TensorNumbers::with);
    }

    private TensorNumbers numbers(String name, Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.count())];
        backend.read(tensor, values);
        return TensorNumbers.of(name, values);
    }

    /** After the last part: the state, what {@link #part} saw, losses, and gradients as backward reaches them. */
    List<TensorNumbers> all(Losses losses) {
        List<TensorNumbers> all = new ArrayList<>();
        all.add(ofAll("student weights", learned.studentParameters()));
        all.add(ofAll("teacher weights", learned.teacherParameters()));
        all.add(numbers("center/cls", learned.centers().cls()));
        all.add(numbers("center/patch", learned.centers().patch()));
        Map<String, TensorNumbers> parts = new LinkedHashMap<>(made);
        TensorNumbers logits = parts.remove("gradient of [CLS] logits");
        all.addAll(parts.values());
        all.add(TensorNumbers.of("loss.cls", losses.cls()));
        all.add(TensorNumbers.of("loss.patch", losses.patch()));
        all.add(TensorNumbers.of("loss.restoration", losses.restoration()));
        all.add(logits);
        gradients()
                .forEach(parameter -> all.add(numbers(
                        "gradient of " + parameter.name(), learned.gradients().get(parameter.name()))));
        return all;
    }

    private List<Parameter> gradients() {
        return learned.asBackwardReaches(learned.gradients().layout().parameters().stream()
                .filter(Parameter::trained)
                .toList());
    }

    /** One line for a network: names the parameter with the largest number, or the first that is not finite. */
    private TensorNumbers ofAll(String what, Parameters parameters) {
        TensorNumbers worst = null;
        long notFinite = 0;
        for (Parameter parameter : parameters.layout().parameters()) {
            TensorNumbers each = numbers(parameter.name(), parameters.get(parameter.name()));
            boolean worse = worst == null
                    || (worst.notFinite() == 0 && (each.notFinite() > 0 || each.largest() > worst.largest()));
            worst = worse ? each : worst;
            notFinite += each.notFinite();
        }
        return new TensorNumbers(what + " (" + worst.name() + ")", worst.largest(), notFinite);
    }
}
