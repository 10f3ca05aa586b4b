package attmask.optim;

import attmask.nn.Parameter;

/**
 * A parameter's own part in an update.
 *
 * @param rate times the learning rate is its own
 * @param decayed whether weight decay applies
 */
public record Rule(double rate, boolean decayed) {
    /** That of pre-training: one rate, decay from two dimensions on. */
    static Rule plain(Parameter parameter) {
        return new Rule(1, parameter.decayed());
    }
}
