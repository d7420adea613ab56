import Crypto
public import Logging
import NIOHTTP1
public import TransparencyLog
public import Web

/// Serves the public files of a ledger's directory, or of a published copy: what C2SP tlog-tiles names, and nothing else.
///
/// Only names that a tile can have are looked up, and each has one spelling, so no path leads out of the directory or to
/// a sealed detail. A tile is served as far as the published checkpoint reaches, never further: the writer's own files
/// are ahead of it.
public struct LedgerSite: WebService {
    static let checkpointType = "text/plain; charset=utf-8"
    static let tileType = "application/octet-stream"
    /// Readers poll the checkpoint; a cache in between may spare us a crowd of them, not delay them.
    static let checkpointCaching = "public, max-age=1"
    /// A tile never changes.
    static let tileCaching = "public, max-age=31536000, immutable"

    private let directory: LogDirectory
    private let log: Logger

    public init(_ directory: LogDirectory, log: Logger) {
        self.directory = directory
        self.log = log
    }

    public var bodyBytesMax: Int { 0 }

    public func answer(_ request: WebRequest) -> WebAnswer {
        guard request.isReading else {
            return .problem(405, "a ledger is read with GET or HEAD", headers: ["Allow": "GET, HEAD"])
        }
        guard request.path.utf8.first == UInt8(ascii: "/") else { return .problem(400, "the target is no path") }
        let name = String(request.path.dropFirst())
        do throws(LogVerificationError) {
            if name == "checkpoint" { return try checkpoint(request) }
            if name == "pruned" { return try pruned(request) }
            guard name.hasPrefix("tile/") else { return .problem(404, "a ledger has a checkpoint and tiles") }
            guard let path = TilePath(parsing: name) else { return .problem(400, "no tile has a path like this") }
            return try tile(path, request)
        } catch {
            log.error("the ledger cannot be read", metadata: ["file": "\(error.path)", "reason": "\(error.what)"])
            return .problem(500, "the ledger cannot be read at the moment")
        }
    }

    private func checkpoint(_ request: WebRequest) throws(LogVerificationError) -> WebAnswer {
        guard let (note, _) = try directory.shownCheckpoint() else {
            return .problem(404, "no checkpoint was published yet")
        }
        return file(note.bytes, type: Self.checkpointType, cache: Self.checkpointCaching, request)
    }

    private func pruned(_ request: WebRequest) throws(LogVerificationError) -> WebAnswer {
        let mark = try directory.pruneMark()
        guard mark.minimum > 0 else { return .problem(404, "nothing was pruned") }
        return file(mark.bytes, type: Self.checkpointType, cache: Self.checkpointCaching, request)
    }

    private func tile(_ path: TilePath, _ request: WebRequest) throws(LogVerificationError) -> WebAnswer {
        let bytes: [UInt8]?
        do throws(LogVerificationError) {
            bytes = try directory.shownCheckpoint().flatMap { _, checkpoint throws(LogVerificationError) in
                try directory.bytes(of: path, size: checkpoint.size)
            }
        } catch  where error.code == .pruned {
            return .problem(404, "its entries were pruned: /pruned says from which one on there are entries")
        }
        guard let bytes else { return .problem(404, "the published checkpoint has no such tile") }
        return file(bytes, type: Self.tileType, cache: Self.tileCaching, request)
    }

    private func file(_ bytes: [UInt8], type: String, cache: String, _ request: WebRequest) -> WebAnswer {
        let tag = "\"\(Hexadecimal.text(SHA256.hash(data: bytes).prefix(16)))\""
        var headers: HTTPHeaders = ["ETag": tag, "Cache-Control": cache]
        if request.headers[canonicalForm: "if-none-match"].contains(where: { $0 == "*" || Self.untagged($0) == tag }) {
            return WebAnswer(status: 304, headers: headers)
        }
        headers.add(name: "Content-Type", value: type)
        // All of it is public: a verifier may also run in a page of somebody else's.
        headers.add(name: "Access-Control-Allow-Origin", value: "*")
        return WebAnswer(status: 200, headers: headers, body: bytes)
    }

    /// A proxy that compresses may have weakened the tag; the comparison is a weak one (RFC 9110 section 13.1.2).
    private static func untagged(_ tag: Substring) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag }
}
