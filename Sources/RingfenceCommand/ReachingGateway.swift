import Gateway
import Ringfence

/// Asks something of the running gateway.
func reachingGateway<Result>(
    _ option: ConfigurationOption, secondsMax: Int = 10, _ work: (ControlClient) throws -> Result
) throws -> Result {
    let path = try option.load().configuration.gateway.controlSocket
    var client = ControlClient(path: path)
    client.secondsMax = secondsMax
    do {
        return try work(client)
    } catch let error as ControlClient.Failure {
        switch error {
        case .notReachable(let path, let reason):
            throw Failure(
                message: "no gateway can be reached at \(path): \(reason).",
                remedy: "Is it running, and are you its user?")
        case .noAnswer:
            throw Failure(message: "the gateway did not answer.", remedy: "Look at its log.")
        case .refused(let reason):
            throw Failure(kind: .found, message: "the gateway refused: \(reason).")
        }
    }
}
