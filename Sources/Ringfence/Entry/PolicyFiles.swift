/// The files that decide: policy, catalog and directory, each by the digest of its text.
public struct PolicyFiles: Sendable, Hashable {
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case policy, catalog, directory
    }

    public struct File: Sendable, Hashable {
        public var role: Role
        /// The file's own name, without its folders.
        public var name: String
        public var sha256: ContentDigest

        public init(role: Role, name: String, sha256: ContentDigest) {
            self.role = role
            self.name = name
            self.sha256 = sha256
        }
    }

    /// In the configuration's order.
    public var files: [File]

    public init(files: [File]) { self.files = files }

    /// SHA-256("ringfence/policy/v1\0", then for each file its role, a zero byte and its digest).
    public var digest: ContentDigest {
        var text = Array("ringfence/policy/v1\0".utf8)
        for file in files { text += Array(file.role.rawValue.utf8) + [0] + file.sha256.bytes }
        return ContentDigest(of: text)
    }
}
