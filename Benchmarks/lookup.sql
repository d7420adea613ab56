\set id random(1, :users)
SELECT handle, email, country FROM app.users WHERE id = :id;
