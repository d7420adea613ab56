SELECT id, author_id, recipient_id, body, sent_at FROM app.messages LIMIT 200000;
