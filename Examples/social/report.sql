-- A report as a team's dashboard runs it: every name is qualified with its schema.

SELECT u.country, count(*) AS messages, count(DISTINCT m.author_id) AS authors,
       count(*) FILTER (WHERE m.body IS NOT NULL) AS readable
FROM app.messages m JOIN app.users u ON u.id = m.author_id
GROUP BY u.country ORDER BY messages DESC, u.country LIMIT 5;

WITH busiest AS (
    SELECT v.author_id, sum(v.view_count) AS views FROM app.videos v GROUP BY v.author_id ORDER BY views DESC LIMIT 5
)
SELECT b.views, u.handle, "app"."users".email
FROM busiest b JOIN app.users u ON u.id = b.author_id JOIN "app"."users" ON "app"."users".id = u.id
ORDER BY b.views DESC;

SELECT date_trunc('month', l.recorded_at AT TIME ZONE 'UTC')::date AS month, count(*), round(avg(l.latitude)::numeric, 1)
FROM app.locations l GROUP BY month ORDER BY month LIMIT 3;
