import ArgumentParser
import Ringfence
import Web

/// Where a server listens.
struct ListenAddress: ExpressibleByArgument {
    private let endpoint: NetworkEndpoint

    /// On the loopback interface.
    init(port: Int) { endpoint = NetworkEndpoint(host: "127.0.0.1", port: port) }

    init?(argument: String) {
        guard let endpoint = NetworkEndpoint(parsing: argument) else { return nil }
        self.endpoint = endpoint
    }

    var defaultValueDescription: String { "\(endpoint)" }

    func start(_ service: some WebService, _ change: (inout WebServer.Options) -> Void = { _ in }) async throws
        -> WebServer
    {
        var options = WebServer.Options(host: endpoint.host, port: endpoint.port)
        change(&options)
        do {
            return try await WebServer.start(options, service)
        } catch {
            throw Failure(
                message: "cannot listen at \(endpoint): \(error)",
                remedy: "Is something else running there? --listen names another address.")
        }
    }
}
