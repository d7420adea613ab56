import PostgresWire
import NIOCore

/// The client's side of a login, from the connection's first byte to AuthenticationOk: TLS, version, who it says it
/// is, and the proof.
struct ClientLogin {
    enum Action: Equatable {
        /// More bytes are needed, or the caller's answer to the last action.
        case wait
        case send(ByteBuffer)
        /// Send the `S`, then everything is TLS.
        case startTLS(ByteBuffer)
        /// The client began with TLS itself: these bytes are its.
        case startDirectTLS(ByteBuffer)
        case cancel(id: UInt32, secret: [UInt8])
        /// Look up how this user proves who they are; ``authenticate(by:)`` goes on.
        case identify(user: String)
        /// Proved; AuthenticationOk goes with it.
        case accept(ByteBuffer, SessionRequest.Method)
        /// Tell and close. A wrong proof is worth a record.
        case refuse(SessionError)
        /// Close without a word, as PostgreSQL does.
        case close
    }

    enum Proof {
        /// The certificate of the TLS handshake is this user's.
        case certificate
        /// The certificate of the TLS handshake is somebody else's: a password would not make it theirs.
        case otherCertificate
        /// A verifier in PostgreSQL's form, or nil for a user without one.
        case scram(verifier: String?)
    }

    private enum State {
        /// Before the StartupMessage.
        case opening
        case identifying
        case scram(SCRAMServerExchange)
        case finished
    }

    /// PostgreSQL's own bounds.
    static let startupBytesMax = 10_000
    static let cancelKeyBytesMax = 256
    static let authenticationBytesMax = 65_535

    private var state = State.opening
    private var bytes = ByteBuffer()
    private var hasAskedForTLS = false
    private var hasAskedForGSS = false
    private var refusedTLS = false
    private(set) var isEncrypted = false
    private(set) var isDirect = false
    private(set) var parameters: [(name: String, value: String)] = []
    /// Of the key that BackendKeyData carries: 32 from protocol 3.2 on.
    private(set) var cancelKeyLength = 4
    private var negotiation: ByteBuffer?
    private let offersTLS: Bool
    private let requiresTLS: Bool
    /// What `tls-server-end-point` binds to; nil without it.
    private let channelBinding: [UInt8]?
    private let mockSecret: [UInt8]

    init(offersTLS: Bool, requiresTLS: Bool, channelBinding: [UInt8]?, mockSecret: [UInt8]) {
        self.offersTLS = offersTLS
        self.requiresTLS = requiresTLS
        self.channelBinding = channelBinding
        self.mockSecret = mockSecret
    }

    mutating func received(_ more: ByteBuffer) {
        if bytes.readableBytes == 0 { bytes = more } else { bytes.writeImmutableBuffer(more) }
    }

    /// Call it after ``received(_:)`` and after each action, until it says to wait or ends the login.
    mutating func next() -> Action {
        switch state {
        case .opening: return opening()
        case .identifying: return .wait
        case .scram: return authentication()
        case .finished: return .wait
        }
    }

    /// What is left of the bytes when the login is through.
    mutating func takeRest() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }

    mutating func handshakeCompleted() { isEncrypted = true }

    private mutating func opening() -> Action {
        guard let first: UInt8 = bytes.getInteger(at: bytes.readerIndex) else { return .wait }
        if first == 0x16, !hasAskedForTLS, !hasAskedForGSS, !isEncrypted, offersTLS {
            hasAskedForTLS = true
            isDirect = true
            return .startDirectTLS(takeRest())
        }
        guard let length: UInt32 = bytes.getInteger(at: bytes.readerIndex) else { return .wait }
        guard length >= 8, length <= Self.startupBytesMax else { return end(.close) }
        guard var packet = bytes.readSlice(length: Int(length)) else { return .wait }
        packet.moveReaderIndex(forwardBy: 4)
        guard let code: UInt32 = packet.readInteger() else { return end(.close) }
        switch code {
        case 80_877_103: return encryptionRequest(packet)
        case 80_877_104: return gssRequest(packet)
        case 80_877_102: return cancelRequest(packet)
        default: return startup(code, packet)
        }
    }

    private mutating func encryptionRequest(_ packet: ByteBuffer) -> Action {
        guard packet.readableBytes == 0 else { return end(.close) }
        guard !hasAskedForTLS, !isEncrypted else {
            return end(.refuse(.unsupportedProtocol(major: 1234, minor: 5679)))
        }
        hasAskedForTLS = true
        guard offersTLS else {
            return noEncryption()
        }
        // What comes before the handshake is an injection (CVE-2021-23214).
        guard bytes.readableBytes == 0 else { return end(.close) }
        return .startTLS(ByteBuffer(bytes: [UInt8(ascii: "S")]))
    }

    private mutating func gssRequest(_ packet: ByteBuffer) -> Action {
        guard packet.readableBytes == 0 else { return end(.close) }
        guard !hasAskedForGSS, !isEncrypted else {
            return end(.refuse(.unsupportedProtocol(major: 1234, minor: 5680)))
        }
        hasAskedForGSS = true
        return noEncryption()
    }

    private mutating func noEncryption() -> Action {
        guard bytes.readableBytes == 0 else {
            return end(.refuse(.protocolViolation("received unencrypted data after a request for encryption")))
        }
        return .send(ByteBuffer(bytes: [UInt8(ascii: "N")]))
    }

    private mutating func cancelRequest(_ packet: ByteBuffer) -> Action {
        var packet = packet
        guard let id: UInt32 = packet.readInteger(), (4...Self.cancelKeyBytesMax).contains(packet.readableBytes),
            bytes.readableBytes == 0
        else { return end(.close) }
        state = .finished
        return .cancel(id: id, secret: Array(packet.readableBytesView))
    }

    private mutating func startup(_ version: UInt32, _ packet: ByteBuffer) -> Action {
        let major = version >> 16
        let minor = version & 0xFFFF
        guard major >= 3 else { return end(.close) }
        guard major == 3 else { return end(.refuse(.unsupportedProtocol(major: major, minor: minor))) }
        var packet = packet
        guard let pairs = Self.pairs(&packet) else {
            return end(.refuse(.protocolViolation("invalid startup packet layout: expected terminator as last byte")))
        }
        parameters = pairs
        let extensions = pairs.map(\.name).filter { $0.hasPrefix("_pq_.") }
        if minor > 2 || !extensions.isEmpty {
            negotiation = Self.negotiate(minor: min(minor, 2), extensions)
        }
        cancelKeyLength = minor >= 2 ? 32 : 4
        if requiresTLS, !isEncrypted {
            return end(
                .refuse(
                    SessionError(
                        sqlState: "28000", message: "the gateway accepts encrypted connections only",
                        hint: "Connect with sslmode=require or stronger.")))
        }
        state = .identifying
        return .identify(user: pairs.first { $0.name == "user" }?.value ?? "")
    }

    private static func pairs(_ packet: inout ByteBuffer) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        while let name = packet.readNullTerminatedString() {
            if name.isEmpty { return packet.readableBytes == 0 ? pairs : nil }
            guard let value = packet.readNullTerminatedString() else { return nil }
            pairs.append((name, value))
        }
        return nil
    }

    /// NegotiateProtocolVersion: the newest version the gateway has, and the extensions it does not know.
    private static func negotiate(minor: UInt32, _ extensions: [String]) -> ByteBuffer {
        .message("v") { buffer in
            buffer.writeInteger(UInt32(3) << 16 | minor)
            buffer.writeInteger(UInt32(clamping: extensions.count))
            for name in extensions {
                buffer.writeString(name)
                buffer.writeInteger(UInt8(0))
            }
        }
    }

    private mutating func end(_ action: Action) -> Action {
        state = .finished
        return action
    }
}

// MARK: - The proof

extension ClientLogin {
    /// Goes on after ``Action/identify(user:)``.
    mutating func authenticate(by proof: Proof) -> Action {
        guard case .identifying = state else { return .wait }
        switch proof {
        case .certificate:
            return accept(after: ByteBuffer(), by: .certificate)
        case .otherCertificate:
            let user = parameters.first { $0.name == "user" }?.value ?? ""
            return end(.refuse(.otherCertificate(user: user)))
        case .scram(let verifier):
            let user = parameters.first { $0.name == "user" }?.value ?? ""
            let exchange = SCRAMServerExchange(
                verifier: verifier, user: user, mockSecret: mockSecret,
                channelBinding: isEncrypted ? channelBinding : nil)
            state = .scram(exchange)
            var offer = negotiation ?? ByteBuffer()
            negotiation = nil
            offer.writeImmutableBuffer(
                .message("R") { buffer in
                    buffer.writeInteger(UInt32(10))
                    for mechanism in exchange.mechanisms {
                        buffer.writeString(mechanism)
                        buffer.writeInteger(UInt8(0))
                    }
                    buffer.writeInteger(UInt8(0))
                })
            return .send(offer)
        }
    }

    private mutating func authentication() -> Action {
        guard case .scram(var exchange) = state else { return .wait }
        guard let type: UInt8 = bytes.getInteger(at: bytes.readerIndex),
            let length: UInt32 = bytes.getInteger(at: bytes.readerIndex + 1)
        else { return .wait }
        guard type == UInt8(ascii: "p") else {
            return end(.refuse(.protocolViolation("expected SASL response, got message type \(type)")))
        }
        guard length >= 4, length <= Self.authenticationBytesMax else {
            return end(.refuse(.protocolViolation("invalid message length")))
        }
        guard bytes.readableBytes > length else { return .wait }
        bytes.moveReaderIndex(forwardBy: 5)
        let body = bytes.readSlice(length: Int(length) - 4) ?? ByteBuffer()
        do throws(SCRAMServerExchange.Failure) {
            switch try exchange.received(body) {
            case .continue(let data):
                state = .scram(exchange)
                return .send(Self.authentication(11, data))
            case .accepted(let data):
                return accept(after: Self.authentication(12, data), by: .scram)
            }
        } catch {
            switch error {
            case .malformed(let why): return end(.refuse(.protocolViolation(why)))
            case .wrongProof:
                let user = parameters.first { $0.name == "user" }?.value ?? ""
                return end(
                    .refuse(
                        SessionError(
                            sqlState: "28P01", message: "password authentication failed for user \"\(user)\"")))
            }
        }
    }

    private mutating func accept(after last: ByteBuffer, by method: SessionRequest.Method) -> Action {
        var answer = negotiation ?? ByteBuffer()
        negotiation = nil
        answer.writeImmutableBuffer(last)
        answer.writeImmutableBuffer(.message("R") { $0.writeInteger(UInt32(0)) })
        state = .finished
        return .accept(answer, method)
    }

    private static func authentication(_ kind: UInt32, _ data: [UInt8]) -> ByteBuffer {
        .message("R", capacity: data.count + 9) {
            $0.writeInteger(kind)
            $0.writeBytes(data)
        }
    }
}

extension SessionError {
    fileprivate static func otherCertificate(user: String) -> SessionError {
        SessionError(
            sqlState: "28000", message: "certificate authentication failed for user \"\(user)\"",
            detail: "The client's certificate belongs to another name.",
            hint:
                "Connect under the certificate's own name, or present no certificate (sslcertmode=disable) to use a password."
        )
    }

    fileprivate static func unsupportedProtocol(major: UInt32, minor: UInt32) -> SessionError {
        SessionError(
            sqlState: "0A000",
            message: "unsupported frontend protocol \(major).\(minor): server supports 3.0 to 3.2")
    }
}
