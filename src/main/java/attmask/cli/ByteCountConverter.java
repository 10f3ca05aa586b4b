package attmask.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of bytes such as 1GB, 1.5 GB, 200MB or 4096; a kB is 1,000 bytes. */
final class ByteCountConverter implements ITypeConverter<Long> {
    private static final Pattern COUNT = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?) ?(|B|kB|MB|GB)");
    private static final Map<String, Integer> DECIMALS = Map.of("", 0, "B", 0, "kB", 3, "MB", 6, "GB", 9);

    @Override
    public Long convert(String value) {
        Matcher matcher = COUNT.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + value + "' is no number of bytes such as 1GB, 200MB or 4096");
        }
        return new BigDecimal(matcher.group(1))
                .scaleByPowerOfTen(DECIMALS.get(matcher.group(2)))
                .longValue();
    }

    /** Three digits or more, for people. */
    static String text(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        String[] units = {"kB", "MB", "GB", "TB", "PB", "EB"};
        double value = bytes / 1000.0;
        int unit = 0;
        while (value >= 999.95 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
