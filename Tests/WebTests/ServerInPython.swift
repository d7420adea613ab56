import TestSupport

/// A server that is not ours, and not always well-behaved.
final class ServerInPython {
    let port: Int
    private let process: ChildProcess

    /// - Parameter certificate: A PEM file with certificate and key, for TLS.
    init(certificate: String? = nil) async throws {
        port = try freePort()
        process = try ChildProcess(
            ["python3", "-u", "-c", Self.program, "\(port)"] + (certificate.map { [$0] } ?? []))
        while !process.output.contains("up"), process.status == nil { try await Task.sleep(for: .milliseconds(20)) }
    }

    deinit { process.stop(patience: 1) }

    private static let program = """
        import gzip, http.server, ssl, sys, time
        connections = 0
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def setup(self):
                global connections
                connections += 1
                super().setup()
            def log_message(self, *a): pass
            def answer(self, body, *headers):
                self.send_response(200)
                for name, value in headers: self.send_header(name, value)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                if self.path == '/connections': self.answer(str(connections).encode())
                elif self.path == '/slow': time.sleep(60)
                elif self.path == '/long': self.answer(b'x' * 100000)
                elif self.path == '/gzip': self.answer(gzip.compress(b'hello'), ('Content-Encoding', 'gzip'))
                elif self.path == '/bomb': self.answer(gzip.compress(bytes(100000)), ('Content-Encoding', 'gzip'))
                elif self.path == '/chunks':
                    self.send_response(200)
                    self.send_header('Transfer-Encoding', 'chunked')
                    self.end_headers()
                    while True: self.wfile.write(b'400\\r\\n' + b'x' * 1024 + b'\\r\\n')
                elif self.path == '/cut':
                    self.send_response(200)
                    self.send_header('Content-Length', '100')
                    self.end_headers()
                    self.wfile.write(b'short')
                    self.close_connection = True
                elif self.path == '/elsewhere':
                    self.send_response(302)
                    self.send_header('Location', '/connections')
                    self.send_header('Content-Length', '0')
                    self.end_headers()
                else:
                    self.wfile.write(b'\\x00\\xff nonsense\\r\\n\\r\\n')
                    self.close_connection = True
        server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler)
        if len(sys.argv) > 2:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[2])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print('up')
        server.serve_forever()
        """
}
