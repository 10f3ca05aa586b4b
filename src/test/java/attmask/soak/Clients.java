package attmask.soak;

import attmask.random.RandomStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Browsers of a dashboard, well behaved and not. All are gone when a method returns. */
final class Clients {
    private static final int LONGEST_MILLIS = 5000;
    private static final int SLOW_MILLIS = 100;
    private static final int SLOW_BYTES = 512;
    private static final int PATIENCE_MILLIS = 30_000;

    private final int port;
    private final RandomStream random;

    Clients(int port, RandomStream random) {
        this.port = port;
        this.random = random;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(SLOW_BYTES * Long.BYTES);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        return socket;
    }

    private void ask(Socket socket, String path, String end) throws IOException {
        String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close" + end;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads the page. */
    String page() throws IOException {
        try (Socket socket = connect()) {
            ask(socket, "/", "\r\n\r\n");
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.lines().findFirst().orElse("no answer") + ", " + answer.length() + " characters";
        }
    }

    /** Follows the run for a while. */
    String follow() throws IOException {
        return slowly("/events", Integer.MAX_VALUE);
    }

    /** Takes the page a few bytes at a time and is gone before its end. */
    String slow() throws IOException {
        return slowly("/", SLOW_BYTES);
    }

    private String slowly(String path, int bytes) throws IOException {
        long end = System.nanoTime() + random.nextInt(LONGEST_MILLIS) * 1_000_000L;
        long read = 0;
        try (Socket socket = connect()) {
            ask(socket, path, "\r\n\r\n");
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[Math.min(bytes, 1 << 16)];
            for (int got = 0; got >= 0 && System.nanoTime() < end; read += got) {
                got = in.read(buffer);
                Thread.sleep(SLOW_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return path + ", " + read + " bytes";
    }

    /** Asks and is gone. */
    String gone() throws IOException {
        try (Socket socket = connect()) {
            socket.setSoLinger(true, 0);
            ask(socket, random.nextBoolean() ? "/" : "/events", "\r\n\r\n");
        }
        return "";
    }

    /** Does not come to the end of its question. */
    String half() throws IOException, InterruptedException {
        try (Socket socket = connect()) {
            ask(socket, "/", "");
            Thread.sleep(random.nextInt(LONGEST_MILLIS));
        }
        return "";
    }
}
