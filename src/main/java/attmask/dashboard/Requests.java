package attmask.dashboard;

import attmask.config.UserException;
import attmask.report.page.Page;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Two addresses, / and /events; nothing in a request names a file. */
final class Requests implements HttpHandler {
    private static final int OK = 200;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int FAILED = 500;
    private static final int BUSY = 503;
    /** Bytes of an answer that are handed over at a time: the server copies each lot in memory outside the heap. */
    private static final int LOT = 16 << 10;

    private static final String PLAIN = "text/plain; charset=utf-8";

    private final PageCache pages;
    private final Followers followers;
    private final Set<String> hosts;

    Requests(PageCache pages, Followers followers, int port) {
        this.pages = pages;
        this.followers = followers;
        // A page of another site, whose name was made to point here, names that site as host.
        this.hosts = Set.of("127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port);
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            secure(exchange.getResponseHeaders());
            String host = exchange.getRequestHeaders().getFirst("Host");
            if (host == null || !hosts.contains(host)) {
                send(exchange, FORBIDDEN, PLAIN, "this server answers to 127.0.0.1 only\n");
            } else if (!exchange.getRequestMethod().equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET");
                send(exchange, METHOD_NOT_ALLOWED, PLAIN, "only GET\n");
            } else if (exchange.getRequestURI().getPath().equals("/")) {
                page(exchange);
            } else if (exchange.getRequestURI().getPath().equals("/events")) {
                events(exchange);
            } else {
                send(exchange, NOT_FOUND, PLAIN, "there is nothing here but /\n");
            }
        }
    }

    private static void secure(Headers headers) {
        headers.set("Content-Security-Policy", Page.policy(true) + "; frame-ancestors 'none'");
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
    }

    private void page(HttpExchange exchange) throws IOException {
        try {
            send(exchange, OK, "text/html; charset=utf-8", pages.page());
            followers.pageSent();
        } catch (UserException e) {
            send(exchange, FAILED, PLAIN, e.getMessage() + "\n");
        }
    }

    private void events(HttpExchange exchange) throws IOException {
        if (!followers.enter()) {
            send(exchange, BUSY, PLAIN, "too many pages follow this run\n");
            return;
        }
        try {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(OK, 0);
            followers.tell(exchange.getResponseBody());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            followers.leave();
        }
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        send(exchange, status, type, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        OutputStream out = exchange.getResponseBody();
        for (int at = 0; at < body.length; at += LOT) {
            out.write(body, at, Math.min(LOT, body.length - at));
        }
    }
}
