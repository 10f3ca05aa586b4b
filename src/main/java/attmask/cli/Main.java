package attmask.cli;

/** Entry point of {@code java -jar attmask-jcuda.jar}. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(0);
    }
}
