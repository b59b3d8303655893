-- The user that applies, on MySQL and MariaDB. It may do what the user that compares may do, insert, update and delete rows of
-- the tables that are listed, and keep temporary tables, in which changes wait. It can't truncate, alter or make a table. Only the
-- server that is written to needs it. It only says what mysql-read.sql is to grant, and stands before it:
--
--   CREATE USER 'table_sync_apply'@'%' IDENTIFIED BY '…';
--   cat mysql-apply.sql mysql-read.sql | mysql … -N -r --init-command="SET @tables = 'shop.m_*,shop.item'" | mysql …
SET @user = COALESCE(@user, '''table_sync_apply''@''%''');
SET @rights = 'SELECT, INSERT, UPDATE, DELETE';
SET @temporary = TRUE;
