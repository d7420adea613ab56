extension LogDirectory {
    /// The checkpoint as it stands there: nobody's signature is verified. Nil if none was published yet.
    public func shownCheckpoint() throws(LogVerificationError) -> (note: SignedNote, checkpoint: Checkpoint)? {
        let bytes: [UInt8]
        do throws(LogVerificationError) {
            bytes = try file(LogLayout.checkpoint)
        } catch {
            guard error.code == .missing else { throw error }
            return nil
        }
        do throws(NoteError) {
            let note = try SignedNote(parsing: bytes)
            return (note, try Checkpoint(parsing: note.text))
        } catch {
            throw .damaged(LogLayout.checkpoint, error.description)
        }
    }

    /// The bytes of a tile or a bundle, as wide as `path` says, for whoever reads a log of `size` entries.
    ///
    /// A partial one is cut from what there is, which is as wide or wider (C2SP tlog-tiles: each is the beginning of the
    /// next). Nil if a log of that size has no such tile, or none so wide.
    public func bytes(of path: TilePath, size: UInt64) throws(LogVerificationError) -> [UInt8]? {
        let level = if case .hashes(let level) = path.kind { level } else { 0 }
        let hashes = size >> UInt64(8 * level)
        guard path.index <= hashes >> 8 else { return nil }
        let held = path.index == hashes >> 8 ? Int(hashes & 255) : TilePath.fullWidth
        guard path.width <= held else { return nil }
        let whole = TilePath(unchecked: path.kind, index: path.index, width: held)
        switch path.kind {
        case .hashes:
            return Hash.concatenated(try source.hashes(whole)[..<path.width])
        case .entries:
            let (_, bytes, entries) = try source.bundleBytes(whole)
            return Array(bytes[..<entries[path.width - 1].upperBound])
        }
    }
}
