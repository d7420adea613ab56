import ArgumentParser
import Distribution
import Foundation
import Ringfence
import TransparencyLog
import Web

extension Ledger {
    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the ledger's public files to a directory or an object store: no sealed details.",
            discussion: """
                The copy conforms to C2SP tlog-tiles and can be served by any web server. Run it again to bring the \
                copy up to date, and to prune it where the ledger was pruned; a copy that tells another history is left \
                alone. With s3:// credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and \
                AWS_SESSION_TOKEN, the region from --region or AWS_REGION.
                """)

        @Argument(help: "The directory to publish to, or s3://BUCKET/PREFIX.") var destination: String
        @OptionGroup var ledger: LedgerOptions
        @Option(help: "For s3://: the server's URL, if it is not AWS's.") var endpoint: String?
        @Option(help: "For s3://: the bucket's region.") var region: String?

        func validate() throws {
            guard destination.hasPrefix("s3://") || (endpoint == nil && region == nil) else {
                throw ValidationError("--endpoint and --region go with s3://BUCKET/PREFIX")
            }
        }

        func run() async throws {
            try await reportingFailure {
                let (checkpoint, minimum) = try await ledger.read { directory, key in
                    let minimum = try directory.minimum()
                    guard destination.hasPrefix("s3://") else {
                        return (try directory.publish(to: destination, verifiedBy: key), minimum)
                    }
                    return (try await publish(directory, key), minimum)
                }
                let entries = counted(checkpoint.size, "entry", "entries")
                print("Published \(entries) of \(checkpoint.origin), root \(checkpoint.root.base64).")
                if minimum > 0 {
                    print(
                        "Entries before \(minimum) are pruned in the copy as they are in the ledger; it has their hashes."
                    )
                }
            }
        }

        private func publish(_ directory: LogDirectory, _ key: LogKeys) async throws -> SignedCheckpoint {
            guard let location = S3Location(parsing: destination) else {
                throw Failure(
                    message: "\(destination) names no bucket.",
                    remedy: "Write s3://BUCKET or s3://BUCKET/PREFIX, of letters, digits, dots, dashes and slashes.")
            }
            let environment = ProcessInfo.processInfo.environment
            guard let credentials = AWSCredentials(environment: environment) else {
                throw Failure(
                    message: "there are no credentials for \(location).",
                    remedy: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
            }
            guard let region = region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"],
                let server = S3Server(region: region, endpoint: endpoint)
            else {
                throw Failure(
                    message: "region or endpoint of \(location) is missing or none.",
                    remedy: "Give --region eu-central-1, or set AWS_REGION; --endpoint is a URL without a path.")
            }
            let client = try WebClient(WebClient.Options(authoritiesFile: ledger.reading.tlsAuthorities))
            let result = Result {
                try directory.publish(
                    to: S3Publication(location, at: server, credentials, client: client), verifiedBy: key)
            }
            try await client.shutDown()
            return try result.get()
        }
    }
}
