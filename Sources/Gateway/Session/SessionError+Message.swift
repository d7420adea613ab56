import NIOCore
import PostgresWire
import Ringfence

extension SessionError {
    /// - Parameter severity: `ERROR`, or `FATAL` where the session ends.
    func message(severity: String) -> ByteBuffer {
        var fields = ErrorFields([
            (.severity, severity), (.severityUnlocalized, severity), (.sqlState, sqlState), (.message, message),
        ])
        fields[.detail] = detail
        fields[.hint] = hint
        return fields.message("E")
    }
}
