import Cedar
import Foundation
import TestSupport
import Testing

@testable import Ringfence

struct `A formatted file` {
    private static let ugly = "permit(principal,action,resource)when{resource.classification==\"public\"};// last\n"
    private static let tidy = """
        permit (principal, action, resource)
        when { resource.classification == "public" }; // last

        """

    @Test func `replaces what it was read from, and keeps its permissions`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(Self.ugly, to: "policy.cedar", permissions: 0o640)
        let file = try FormattedFile(reading: path, by: PolicyFormatter())
        #expect(!file.isFormatted)
        #expect(file.formatted == Self.tidy)
        try file.replace()
        #expect(try folder.read("policy.cedar") == Self.tidy)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["policy.cedar"])
        #expect(try FormattedFile(reading: path, by: PolicyFormatter()).isFormatted)
    }

    @Test func `leaves a symbolic link a link`() throws {
        let folder = try TemporaryDirectory()
        try folder.write(Self.ugly, to: "real/policy.cedar")
        let link = folder.file("policy.cedar")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real/policy.cedar")
        try FormattedFile(reading: link, by: PolicyFormatter()).replace()
        #expect(try folder.read("real/policy.cedar") == Self.tidy)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real/policy.cedar")
    }

    @Test func `is nothing that is not Cedar`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("permit (principal, action, resource)\nwhen { resource. };\n", to: "policy.cedar")
        let problems = problems { () throws(ConfigurationProblems) in
            _ = try FormattedFile(reading: path, by: PolicyFormatter())
        }
        #expect(problems.map(\.line) == [2])
        #expect(problems.first?.file == path)
    }

    @Test func `cannot be read where there is none`() {
        let problems = problems { () throws(ConfigurationProblems) in
            _ = try FormattedFile(reading: "/nowhere/policy.cedar", by: PolicyFormatter())
        }
        #expect(problems.first?.message == "cannot be read: No such file or directory")
    }
}
