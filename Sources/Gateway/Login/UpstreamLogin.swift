import PostgresWire
import NIOCore

/// The gateway's login to PostgreSQL as a principal's role, up to ReadyForQuery.
struct UpstreamLogin {
    enum Action: Equatable {
        case wait
        case send(ByteBuffer)
        /// PostgreSQL is ready; the rest of the bytes belongs to the relay.
        case ready
        case refuse(Failure)
    }

    enum Failure: Error, Equatable {
        /// PostgreSQL's own error.
        case error(sqlState: String, message: String)
        case protocolViolation(String)
        /// Not a method the gateway's roles have.
        case authenticationMethod(UInt32)
    }

    static let messageBytesMax = 1 << 20

    private var bytes = ByteBuffer()
    private var exchange: SCRAMClientExchange
    private var isAuthenticated = false
    private var owesSignature = false
    private(set) var settings: [ParameterStatusText] = []
    private(set) var key: UpstreamCancelKey?
    private(set) var status = TransactionStatus.idle

    init(password: String) { exchange = SCRAMClientExchange(password: password) }

    /// Of protocol 3.0: nothing the relay needs came later, and every server knows it.
    static func startupMessage(_ parameters: [(name: String, value: String)]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(0))
        buffer.writeInteger(UInt32(3) << 16)
        for (name, value) in parameters {
            buffer.writeString(name)
            buffer.writeInteger(UInt8(0))
            // A NUL would end the value and begin parameters of the client's choice.
            buffer.writeBytes(value.utf8.prefix { $0 != 0 })
            buffer.writeInteger(UInt8(0))
        }
        buffer.writeInteger(UInt8(0))
        buffer.setInteger(UInt32(clamping: buffer.readableBytes), at: 0)
        return buffer
    }

    mutating func received(_ more: ByteBuffer) {
        if bytes.readableBytes == 0 { bytes = more } else { bytes.writeImmutableBuffer(more) }
    }

    mutating func takeRest() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }

    /// Call it after ``received(_:)`` and after each ``Action/send(_:)``, until it says to wait or is done.
    mutating func next() -> Action {
        while true {
            guard let type: UInt8 = bytes.getInteger(at: bytes.readerIndex),
                let length: UInt32 = bytes.getInteger(at: bytes.readerIndex + 1)
            else { return .wait }
            guard length >= 4, length <= Self.messageBytesMax else {
                return .refuse(.protocolViolation("invalid message length"))
            }
            guard bytes.readableBytes > length else { return .wait }
            bytes.moveReaderIndex(forwardBy: 5)
            let body = bytes.readSlice(length: Int(length) - 4) ?? ByteBuffer()
            if let action = take(type, body) { return action }
        }
    }

    private mutating func take(_ type: UInt8, _ body: ByteBuffer) -> Action? {
        var body = body
        switch (type, isAuthenticated) {
        case (UInt8(ascii: "R"), false):
            return authentication(&body)
        case (UInt8(ascii: "E"), _):
            let fields = ErrorFields(body: body)
            return .refuse(.error(sqlState: fields?[.sqlState] ?? "XX000", message: fields?[.message] ?? ""))
        case (UInt8(ascii: "N"), _):
            return nil
        case (UInt8(ascii: "S"), true):
            guard let status = ParameterStatusText(body) else {
                return .refuse(.protocolViolation("malformed ParameterStatus"))
            }
            settings.append(status)
            return nil
        case (UInt8(ascii: "K"), true):
            guard let id: UInt32 = body.readInteger() else {
                return .refuse(.protocolViolation("malformed BackendKeyData"))
            }
            key = UpstreamCancelKey(id: id, secret: body)
            return nil
        case (UInt8(ascii: "Z"), true):
            guard let byte: UInt8 = body.readInteger(), let status = TransactionStatus(rawValue: byte) else {
                return .refuse(.protocolViolation("malformed ReadyForQuery"))
            }
            self.status = status
            return .ready
        default:
            return .refuse(.protocolViolation("unexpected message type \(type) during login"))
        }
    }

    private mutating func authentication(_ body: inout ByteBuffer) -> Action? {
        guard let kind: UInt32 = body.readInteger() else {
            return .refuse(.protocolViolation("malformed authentication request"))
        }
        do throws(SCRAMClientExchange.Failure) {
            switch kind {
            case 0:
                // Whoever breaks off before its signature has not shown that it knows the password.
                guard !owesSignature else { return .refuse(.protocolViolation("SCRAM exchange was cut short")) }
                isAuthenticated = true
                return nil
            case 10:
                owesSignature = true
                return sasl(&body)
            case 11:
                let answer = try exchange.answer(serverFirst: String(buffer: body))
                return .send(.message("p") { $0.writeBytes(answer) })
            case 12:
                try exchange.verify(serverFinal: String(buffer: body))
                owesSignature = false
                return nil
            default:
                return .refuse(.authenticationMethod(kind))
            }
        } catch {
            return .refuse(.protocolViolation("SCRAM exchange failed: \(error)"))
        }
    }

    private func sasl(_ body: inout ByteBuffer) -> Action {
        var mechanisms: [String] = []
        while let name = body.readNullTerminatedString(), !name.isEmpty { mechanisms.append(name) }
        guard mechanisms.contains("SCRAM-SHA-256") else { return .refuse(.authenticationMethod(10)) }
        let first = exchange.clientFirst
        return .send(
            .message("p") { buffer in
                buffer.writeString("SCRAM-SHA-256")
                buffer.writeInteger(UInt8(0))
                buffer.writeInteger(UInt32(clamping: first.count))
                buffer.writeBytes(first)
            })
    }
}

/// What PostgreSQL gave the gateway to cancel with; no client sees it.
struct UpstreamCancelKey: Sendable, Equatable {
    var id: UInt32
    var secret: ByteBuffer

    /// The CancelRequest message.
    var request: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(UInt32(clamping: 12 + secret.readableBytes))
        buffer.writeInteger(UInt32(80_877_102))
        buffer.writeInteger(id)
        buffer.writeImmutableBuffer(secret)
        return buffer
    }
}
