import TransparencyLog

/// What waits to be committed, in order, and whether more is taken.
struct GroupQueue {
    struct Item {
        var record: LogRecord
        /// Of who waits for this very entry.
        var receipt: Receipt?

        var bytes: Int { record.entry.count + (record.detail?.count ?? 0) + LogRecord.sealOverheadMax }
    }

    enum Next {
        /// Entries up to and including this ticket.
        case group(last: AppendTicket)
        case sleep
        case finished
        case failed(LogError)
    }

    private enum Phase {
        case open, closing
        case failed(LogError)
    }

    private var phase = Phase.open
    private var items: [Item] = []
    private var bytes = 0
    private var nextTicket: UInt64 = 0
    private var isWriterAsleep = false
    /// Why nothing new is taken for now.
    var unreachable: String?

    private let recordsMax: Int
    private let bytesMax: Int

    init(recordsMax: Int, bytesMax: Int) {
        self.recordsMax = recordsMax
        self.bytesMax = bytesMax
    }

    mutating func append(_ record: LogRecord, receipt: Receipt?) throws(LogError) -> AppendTicket {
        switch phase {
        case .open: break
        case .closing: throw .closed
        case .failed(let error): throw error
        }
        try record.checkLengths()
        // What ends something that was recorded is kept, as long as there is room at all.
        if let unreachable, !record.usesReserve { throw .unreachable(unreachable) }
        let item = Item(record: record, receipt: receipt)
        let share = record.usesReserve ? 1 : 2
        guard items.count < recordsMax / share, bytes + item.bytes <= bytesMax / share else { throw .full }
        items.append(item)
        bytes += item.bytes
        let ticket = AppendTicket(nextTicket)
        nextTicket += 1
        return ticket
    }

    /// - Returns: Whether the writer sleeps while something waits, and must be woken.
    mutating func wakeWriter() -> Bool {
        guard isWriterAsleep, !items.isEmpty else { return false }
        isWriterAsleep = false
        return true
    }

    /// What waits becomes one group, in `group`, which must be empty: all of it, or as much as one transaction takes.
    mutating func take(into group: inout [Item], recordsMax: Int, bytesMax: Int) -> Next {
        if case .failed(let error) = phase { return .failed(error) }
        if items.isEmpty {
            if case .closing = phase { return .finished }
            isWriterAsleep = true
            return .sleep
        }
        var count = 0
        var groupBytes = 0
        for item in items.prefix(recordsMax) {
            if count > 0, groupBytes + item.bytes > bytesMax { break }
            count += 1
            groupBytes += item.bytes
        }
        if count == items.count {
            swap(&items, &group)
        } else {
            group.append(contentsOf: items[..<count])
            items.removeFirst(count)
        }
        bytes -= groupBytes
        return .group(last: AppendTicket(nextTicket - 1 - UInt64(items.count)))
    }

    /// Nobody waits for these any longer; they stay in the queue.
    mutating func takeReceipts() -> [Receipt] {
        let receipts = items.compactMap(\.receipt)
        if !receipts.isEmpty { for position in items.indices { items[position].receipt = nil } }
        return receipts
    }

    /// - Returns: Whether the writer must be woken.
    mutating func close() -> Bool {
        if case .open = phase { phase = .closing }
        defer { isWriterAsleep = false }
        return isWriterAsleep
    }

    var isClosing: Bool { if case .closing = phase { true } else { false } }

    /// - Returns: Whether the writer must be woken.
    mutating func fail(_ error: LogError) -> Bool {
        if case .failed = phase { return false }
        phase = .failed(error)
        defer { isWriterAsleep = false }
        return isWriterAsleep
    }
}

/// What somebody who waits for one entry is told.
final class Receipt: Sendable {
    private let answer = Monitor<Result<EntryIndex, LogError>?>(nil)

    func give(_ result: Result<EntryIndex, LogError>) {
        answer.update { answer in
            answer = answer ?? result
            return true
        }
    }

    func wait() throws(LogError) -> EntryIndex {
        guard let result = answer.wait({ $0 }) else { throw .closed }
        return try result.get()
    }
}
