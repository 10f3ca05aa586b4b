package attmask.ops.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A float* argument that can be pointed anywhere again, so that a call makes no garbage. */
final class Operand extends FloatPointer {
    Operand() {
        super((Pointer) null);
    }

    Operand at(long address) {
        this.address = address;
        return this;
    }
}
