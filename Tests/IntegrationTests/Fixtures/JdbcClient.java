import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** What Java programs do: metadata, prepared statements past the threshold, fetch size, batches, COPY. */
public final class JdbcClient {
    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        Properties person = new Properties();
        person.setProperty("user", "sasha");
        person.setProperty("sslmode", "verify-full");
        person.setProperty("sslrootcert", arguments[1]);
        person.setProperty("sslcert", arguments[2]);
        person.setProperty("sslkey", arguments[3]);
        Properties service = new Properties();
        service.setProperty("user", "feed-api");
        service.setProperty("sslmode", "verify-full");
        service.setProperty("sslrootcert", arguments[1]);
        service.setProperty("password", arguments[4]);
        service.setProperty("reWriteBatchedInserts", "true");

        try (Connection connection = DriverManager.getConnection(url, person)) {
            read(connection);
            metadata(connection);
            refusals(connection);
        }
        try (Connection connection = DriverManager.getConnection(url, service)) {
            write(connection);
        }
        System.out.println("ok");
    }

    private static void read(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT id, email, country FROM app.users WHERE id = ?")) {
            for (int i = 0; i < 20; i++) {
                statement.setLong(1, 1 + i);
                try (ResultSet rows = statement.executeQuery()) {
                    check(rows.next() && rows.getLong(1) == 1 + i, "row " + i);
                    boolean isAtHome = "SG".equals(rows.getString(3));
                    check(rows.getString(2).contains("***") != isAtHome, "mask of " + i);
                }
            }
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(10);
            int count = 0;
            try (ResultSet rows = statement.executeQuery("SELECT id FROM app.messages ORDER BY id")) {
                while (rows.next()) count++;
            }
            check(count == 120, "fetched " + count);
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static void metadata(Connection connection) throws SQLException {
        try (ResultSet tables = connection.getMetaData().getTables(null, null, "users", null)) {
            check(tables.next(), "users in the metadata");
        }
        try (ResultSet rows = connection.createStatement().executeQuery("SELECT * FROM app.users LIMIT 0")) {
            check(rows.getMetaData().getColumnCount() == 7, "columns");
            check("email".equals(rows.getMetaData().getColumnName(3)), "column's name");
        }
    }

    private static void refusals(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT * FROM app.video_feed");
            throw new AssertionError("not refused");
        } catch (SQLException error) {
            check(error.getSQLState().equals("42501") || error.getSQLState().equals("42P01"), error.getSQLState());
        }
    }

    private static void write(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        try (PreparedStatement statement =
                connection.prepareStatement("INSERT INTO app.messages (author_id, body) VALUES (?, ?)")) {
            for (int i = 0; i < 1000; i++) {
                statement.setLong(1, 1 + i % 20);
                statement.setString(2, "jdbc " + i);
                statement.addBatch();
            }
            statement.executeBatch();
        }
        connection.commit();
        try (ResultSet rows =
                connection.createStatement().executeQuery("SELECT count(*) FROM app.messages WHERE body LIKE 'jdbc %'")) {
            check(rows.next() && rows.getInt(1) == 1000, "batch");
        }
        connection.commit();
        var copy = connection.unwrap(org.postgresql.PGConnection.class).getCopyAPI();
        long copied = copy.copyIn("COPY app.messages (author_id, body) FROM STDIN",
                new java.io.StringReader("1\tcopied by jdbc\n2\tcopied by jdbc\n"));
        check(copied == 2, "copied " + copied);
        connection.commit();
    }

    private static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }
}
