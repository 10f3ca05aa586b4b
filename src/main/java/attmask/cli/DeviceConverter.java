package attmask.cli;

import attmask.config.DeviceChoice;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code auto}, {@code cpu} or {@code cuda}. */
final class DeviceConverter implements ITypeConverter<DeviceChoice> {
    @Override
    public DeviceChoice convert(String value) {
        return find(value).orElseThrow(() -> new TypeConversionException("'" + value + "' is not auto, cpu or cuda"));
    }

    static Optional<DeviceChoice> find(String value) {
        return Arrays.stream(DeviceChoice.values())
                .filter(choice -> choice.name().equals(value.toUpperCase(Locale.ROOT)))
                .findFirst();
    }
}
