import Foundation
import TestSupport
import Testing
import TransparencyLog
import Web

@testable import Distribution

@Suite struct AWSSignatureTests {
    private let signature = AWSSignature(
        credentials: AWSCredentials(
            keyID: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), region: "us-east-1")
    private let time = "20130524T000000Z"

    /// The examples of "Authenticating Requests: Using the Authorization Header" in the S3 API reference.
    @Test(
        arguments: [
            (
                "GET", "/test.txt", [], [("range", "bytes=0-9")], "",
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
            ),
            (
                "PUT", "/test%24file.text", [],
                [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                "Welcome to Amazon S3.", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
            ),
            (
                "GET", "/", [("lifecycle", "")], [], "",
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
            ),
            (
                "GET", "/", [("prefix", "J"), ("max-keys", "2")], [], "",
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
        ] as [(String, String, [(String, String)], [(String, String)], String, String)])
    func `AWS's own examples have AWS's own signatures`(
        method: String, path: String, query: [(String, String)], headers: [(String, String)], body: String,
        expected: String
    ) {
        let digest = Hexadecimal.sha256(body.utf8)
        let request = AWSSignature.Request(
            method: method, path: path, query: query.map { (name: $0.0, value: $0.1) },
            headers: headers.map { (name: $0.0, value: $0.1) } + [
                (name: "host", value: "examplebucket.s3.amazonaws.com"), (name: "x-amz-content-sha256", value: digest),
                (name: "x-amz-date", value: time),
            ], bodyDigest: digest)
        let authorization = signature.authorization(of: request, time: time)
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="))
        #expect(authorization.hasSuffix(",Signature=\(expected)"), "\(authorization)")
    }

    @Test func `credentials come from the environment, whole or not at all`() {
        #expect(AWSCredentials(environment: ["AWS_ACCESS_KEY_ID": "a"]) == nil)
        #expect(AWSCredentials(environment: ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": ""]) == nil)
        let whole = AWSCredentials(
            environment: ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"])
        #expect(whole?.keyID == "a" && whole?.secretKey == "b" && whole?.sessionToken == "c")
    }

    @Test func `a location is a bucket and a plain prefix`() {
        for (text, bucket, prefix) in [
            ("s3://bucket", "bucket", ""), ("s3://bucket/", "bucket", ""), ("s3://a.b-c/x/y_Z~1/", "a.b-c", "x/y_Z~1"),
        ] {
            let location = S3Location(parsing: text)
            #expect(location?.bucket == bucket && location?.prefix == prefix, "\(text)")
            #expect(location.flatMap { S3Location(parsing: "\($0)") } == location)
        }
        for bad in [
            "", "s3://", "s3:///x", "s3://ab", "s3://Bucket", "s3://a..b", "s3://-ab", "s3://bucket//x",
            "s3://bucket/..",
            "s3://bucket/./x", "s3://bucket/a b", "s3://bucket/%41", "s3://bucket/é", "s3://bucket/a?b", "S3://bucket",
            "s3://bucket/a\r\nb", "s3://\(String(repeating: "a", count: 64))", "s3://bucket//",
        ] {
            #expect(S3Location(parsing: bad) == nil, "\(bad.debugDescription)")
        }
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<5000 {
            var bytes = Array("s3://bucket/some/prefix".utf8)
            for _ in 0..<3 {
                bytes[Int.random(in: 5..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let location = S3Location(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect(location.path(of: "x").utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#%\\".utf8.contains($0) })
        }
    }

    @Test func `an error's code is quoted, whatever the document is`() {
        func reason(_ body: String) -> String { S3Publication.reason(WebAnswer(status: 403, body: Array(body.utf8))) }
        #expect(reason("<Error><Code>AccessDenied</Code></Error>") == "403 (AccessDenied)")
        for body in [
            "", "<Code>", "</Code><Code>", "<Code>a\u{1B}[2J</Code>",
            "<Code>\(String(repeating: "a", count: 65))</Code>",
        ] {
            #expect(reason(body) == "403")
        }
    }

    @Test func `a server is AWS's by region or another by its URL`() throws {
        let aws = try #require(S3Server(region: "eu-central-1", endpoint: nil))
        #expect(aws.place(of: "bucket").origin == "https://bucket.s3.eu-central-1.amazonaws.com")
        #expect(aws.place(of: "a.b").path == "/a.b")
        let other = try #require(S3Server(region: "x", endpoint: "http://127.0.0.1:9000/"))
        #expect(other.place(of: "bucket") == ("http://127.0.0.1:9000", "127.0.0.1:9000", "/bucket"))
        for region in ["", "eu central", "a/b", "a.example.com#"] {
            #expect(S3Server(region: region, endpoint: nil) == nil)
        }
        #expect(S3Server(region: "x", endpoint: "ftp://x") == nil)
    }
}
