import NIOHTTP1
import TransparencyLog
public import Web

/// `POST /add-checkpoint` for logs, `GET /<hash>/checkpoint` for monitors, `GET /metrics`.
extension WitnessService: WebService {
    public var bodyBytesMax: Int { AddCheckpointRequest.bytesMax }

    public func answer(_ request: WebRequest) -> WebAnswer {
        let answer = witnessAnswer(request)
        var headers: HTTPHeaders = ["Content-Type": answer.contentType]
        if request.method == .GET { headers.add(name: "Cache-Control", value: "no-cache") }
        return WebAnswer(status: answer.status, headers: headers, body: answer.body)
    }

    private func witnessAnswer(_ request: WebRequest) -> WitnessAnswer {
        let path = request.path
        switch path {
        case "/\(AddCheckpointRequest.path)":
            return request.method == .POST
                ? addCheckpoint(request.body) : WitnessAnswer(status: 405, "this is for POST")
        case "/metrics":
            guard request.isReading else { return WitnessAnswer(status: 405, "this is for GET") }
            return WitnessAnswer(
                status: 200, contentType: "text/plain; version=0.0.4", body: Array(metrics().utf8))
        default:
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard request.isReading, parts.count == 3, parts[0].isEmpty, parts[2] == "checkpoint",
                let checkpoint = checkpoint(pathName: String(parts[1]))
            else { return WitnessAnswer(status: 404, "there is nothing here") }
            return WitnessAnswer(status: 200, contentType: "text/plain; charset=utf-8", body: checkpoint)
        }
    }
}
