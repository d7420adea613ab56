import PostgresWire
import NIOCore
import Ringfence
import TransparencyLog

/// PostgreSQL's messages: each is attributed to its statement and waits for that statement's entry.
extension Relay {
    mutating func upstreamSent(_ bytes: ByteBuffer, at moment: Moment) {
        guard end == nil, !upstreamHasEnded else { return }
        upstream.append(bytes)
        var reader = MessageReader(input: upstream.bytes)
        if upstream.passing > 0 {
            let some = min(upstream.passing, reader.available)
            reader.cursor += some
            upstream.passing -= some
        }
        do throws(UnexpectedAnswer) {
            while upstream.passing == 0, end == nil, let header = reader.header {
                guard try take(header, &reader, at: moment) else { break }
            }
            cutAnswers(&reader)
        } catch {
            finish(
                RelayEnd(
                    reason: .upstream,
                    notice: SessionError(
                        sqlState: "08P01", message: "the database sent a message that nothing asked for",
                        detail: "The message's type is \"\(Unicode.Scalar(error.type))\".")))
        }
        upstream.consumed(to: reader.cursor)
        collectOutcomes()
    }

    /// - Returns: Whether to go on with the next message.
    private mutating func take(
        _ header: MessageHeader, _ reader: inout MessageReader, at moment: Moment
    ) throws(UnexpectedAnswer) -> Bool {
        guard header.length >= 4 else { throw UnexpectedAnswer(type: header.type, expected: nil) }
        switch header.type {
        case UInt8(ascii: "D"):
            let run = reader.passRun(of: header.type)
            guard run.count == 0 else {
                rest(on: try tracker.rowsAnswered(run.count, bytes: run.bytes))
                return true
            }
            rest(on: try tracker.rowsAnswered(1, bytes: header.size))
        case UInt8(ascii: "d"):
            let run = reader.passRun(of: header.type)
            rest(on: try tracker.copyDataAnswered(bytes: run.count > 0 ? run.bytes : header.size))
            guard run.count == 0 else { return true }
        case UInt8(ascii: "A"), UInt8(ascii: "C"), UInt8(ascii: "E"), UInt8(ascii: "N"), UInt8(ascii: "S"),
            UInt8(ascii: "Z"):
            guard header.size <= limits.messageBytesMax else {
                throw UnexpectedAnswer(type: header.type, expected: nil)
            }
            guard let body = reader.body(header) else { return false }
            return try whole(header, body, &reader, at: moment)
        default:
            rest(on: try tracker.answered(header.type))
        }
        let some = min(header.size, reader.available)
        reader.cursor += some
        upstream.passing = header.size - some
        return true
    }

    private mutating func whole(
        _ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader, at moment: Moment
    ) throws(UnexpectedAnswer) -> Bool {
        switch header.type {
        case UInt8(ascii: "A"):
            rest(on: tracker.notified())
            // Another session's data: policy has said nothing of it to whom not everything is clear. SQL from strings
            // can listen unseen, so refusing LISTEN is not enough.
            guard entries.isWhollyClear else { return replaceAnswer(header, by: nil, &reader) }
            notifications.count &+= 1
            notifications.bytes &+= UInt64(clamping: header.size)
        case UInt8(ascii: "C"):
            rest(on: try tracker.commandCompleted(copied: body.rowsOfCopyTag))
        case UInt8(ascii: "Z"):
            guard let byte: UInt8 = body.getInteger(at: body.readerIndex), body.readableBytes == 1,
                let status = TransactionStatus(rawValue: byte)
            else { throw UnexpectedAnswer(type: header.type, expected: nil) }
            rest(on: try tracker.readyAnswered(status, at: moment.nanoseconds))
        case UInt8(ascii: "S"):
            rest(on: try tracker.answered(header.type))
            return parameterStatus(header, body, &reader)
        case UInt8(ascii: "N"):
            rest(on: try tracker.answered(header.type))
            return notice(header, body, &reader)
        default:
            return try error(header, body, &reader)
        }
        reader.cursor += header.size
        return true
    }

    /// The messages looked at so far in this run wait for `entry`, too.
    private mutating func rest(on entry: AppendTicket?) {
        if let entry { answerEntry = answerEntry.map { max($0, entry) } ?? entry }
    }

    private mutating func parameterStatus(
        _ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader
    ) -> Bool {
        guard let status = ParameterStatusText(body) else { return replaceAnswer(header, by: nil, &reader) }
        readSetting(status)
        let restored = restorer.restore(status.value)
        guard !restored.utf8.elementsEqual(status.value.utf8) else {
            reader.cursor += header.size
            return true
        }
        return replaceAnswer(
            header, by: ParameterStatusText(name: status.name, value: restored).message, &reader)
    }

    /// Keeps up with the settings on which reading SQL depends.
    mutating func readSetting(_ status: ParameterStatusText) {
        switch status.name {
        case "standard_conforming_strings": readsStandardStrings = status.value == "on"
        case "client_encoding": readsUTF8 = status.value == "UTF8"
        default: break
        }
    }

    private mutating func notice(_ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader) -> Bool {
        guard body.mayNameProfile, var fields = ErrorFields(body: body) else {
            reader.cursor += header.size
            return true
        }
        restore(&fields, of: tracker.running)
        return replaceAnswer(header, by: fields.message("N"), &reader)
    }

    private mutating func error(
        _ header: MessageHeader, _ body: ByteBuffer, _ reader: inout MessageReader
    ) throws(UnexpectedAnswer) -> Bool {
        guard var fields = ErrorFields(body: body) else { throw UnexpectedAnswer(type: header.type, expected: nil) }
        let isFatal = fields.severityIsFatal
        if fields.isRefusedByView {
            // The view is the profile's: what it cannot write, policy does not give.
            fields[.sqlState] = "42501"
            fields[.detail] = nil
            fields[.hint] = nil
        }
        let answer = try tracker.errorAnswered(sqlState: fields[.sqlState] ?? "XX000", isFatal: isFatal)
        rest(on: answer.entry)
        if isFatal { hasToldFatal = true }
        if let refusal = answer.refusal, !isFatal { return replaceAnswer(header, by: refusal, &reader) }
        let isRefusal = fields[.sqlState] == "42501"
        let isRewritten = rewritten.contains { $0.number == answer.statement }
        guard isRefusal || isRewritten || body.mayNameProfile else {
            reader.cursor += header.size
            return true
        }
        restore(&fields, of: answer.statement)
        if isRefusal, fields[.detail] == nil, let advice = advice.advice(onRefusalOf: fields.refusedTable) {
            fields[.detail] = advice.detail
            if fields[.hint] == nil { fields[.hint] = advice.hint }
        }
        return replaceAnswer(header, by: fields.message("E"), &reader)
    }

    /// Puts the application's names, and positions in the client's own text, in the place of the profile's.
    private func restore(_ fields: inout ErrorFields, of statement: StatementNumber?) {
        for field in ErrorFields.Field.naming {
            if let text = fields[field] { fields[field] = restorer.restore(text) }
        }
        guard let text = fields[.position], let position = Int(text), let statement,
            let analysis = rewritten.first(where: { $0.number == statement })?.analysis
        else { return }
        fields[.position] = String(analysis.originalPosition(ofRewritten: position))
    }

    private mutating func replaceAnswer(
        _ header: MessageHeader, by message: ByteBuffer?, _ reader: inout MessageReader
    ) -> Bool {
        cutAnswers(&reader)
        reader.cursor += header.size
        reader.runStart = reader.cursor
        if let message { release(message) }
        return true
    }

    private mutating func cutAnswers(_ reader: inout MessageReader) {
        if let run = reader.run(to: reader.cursor) { release(run) }
    }

    mutating func release(_ bytes: ByteBuffer) {
        guard !clientHasLeft else { return }
        switch answers.received(bytes, of: answerEntry) {
        case .forward(let bytes): output.toClient.append(bytes)
        case .wait: break
        case .pauseSource: answersArePaused = true
        }
    }
}
