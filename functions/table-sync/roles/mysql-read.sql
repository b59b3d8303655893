-- The user that compares, on MySQL and MariaDB. It reads the tables that are listed, the columns by which other tables hang below
-- them, and schema_migrations, and sees which foreign keys there are; it writes nothing. Run it again after TABLES or a table has changed: what is no longer listed is
-- taken back.
--
--   CREATE USER 'table_sync_read'@'%' IDENTIFIED BY '…';
--   mysql … -N -r --init-command="SET @tables = 'shop.m_*,shop.item'" < mysql-read.sql | mysql …
--
-- It changes nothing itself: it answers with the statements, which the second client carries out. @tables and @exclude are of
-- database.table with * for any characters, also where TABLES leaves the database away; @user is another user, such as
-- '''reader''@''10.0.0.%'''.
SET @user = COALESCE(@user, '''table_sync_read''@''%''');
SET @rights = COALESCE(@rights, 'SELECT');
SET @temporary = COALESCE(@temporary, FALSE);

WITH RECURSIVE lists AS (
  SELECT TRUE AS wanted, CAST('' AS CHAR(1000)) AS pattern, CAST(COALESCE(@tables, '') AS CHAR(10000)) AS rest
  UNION ALL
  SELECT FALSE, '', CAST(COALESCE(@exclude, '') AS CHAR(10000))
  UNION ALL
  SELECT wanted, TRIM(SUBSTRING_INDEX(rest, ',', 1)), SUBSTRING(rest, CHAR_LENGTH(SUBSTRING_INDEX(rest, ',', 1)) + 2)
    FROM lists WHERE rest <> ''
), patterns AS (
  SELECT wanted, REPLACE(REPLACE(REPLACE(REPLACE(pattern, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*', '%') AS pattern
    FROM lists WHERE pattern <> ''
), named AS (
  SELECT TABLE_SCHEMA AS home, TABLE_NAME AS name, CAST(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS BINARY) AS whole
    FROM information_schema.TABLES
   WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
), listed AS (
  SELECT home, name FROM named
   WHERE EXISTS (SELECT 1 FROM patterns WHERE wanted AND named.whole LIKE CAST(patterns.pattern AS BINARY))
     AND NOT EXISTS (SELECT 1 FROM patterns WHERE NOT wanted AND named.whole LIKE CAST(patterns.pattern AS BINARY))
), deleted AS (
  SELECT home, name FROM listed
  UNION
  SELECT rules.CONSTRAINT_SCHEMA, rules.TABLE_NAME
    FROM deleted JOIN information_schema.REFERENTIAL_CONSTRAINTS AS rules
      ON rules.UNIQUE_CONSTRAINT_SCHEMA = deleted.home AND rules.REFERENCED_TABLE_NAME = deleted.name
   WHERE rules.DELETE_RULE = 'CASCADE'
), links AS (
  SELECT used.* FROM information_schema.KEY_COLUMN_USAGE AS used
    JOIN deleted ON deleted.home = used.REFERENCED_TABLE_SCHEMA AND deleted.name = used.REFERENCED_TABLE_NAME
), used AS (
  SELECT TABLE_SCHEMA AS home, TABLE_NAME AS name, COLUMN_NAME AS held FROM links
  UNION
  SELECT REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM links
), grants AS (
  SELECT @rights AS rights, home, name FROM listed
  UNION ALL
  -- A deletion takes along, or is refused for, rows that point at it, and so does what is taken along: they are counted, by the columns of their
  -- keys, and by those that the keys point at.
  SELECT CONCAT('SELECT (', GROUP_CONCAT(DISTINCT '`', REPLACE(held, '`', '``'), '`' SEPARATOR ', '), ')'), home, name
    FROM used WHERE (home, name) NOT IN (SELECT home, name FROM listed)
   GROUP BY home, name
  UNION ALL
  -- So that a structure that differs can be told by the migrations that are missing.
  SELECT 'SELECT', home, name FROM named WHERE name = 'schema_migrations'
), statements AS (
  SELECT 1 AS step, 'SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ''no table is listed in @tables: write database.table, with * for any characters''' AS words
   WHERE NOT EXISTS (SELECT 1 FROM listed)
  UNION ALL
  SELECT 2, CONCAT('REVOKE ALL PRIVILEGES, GRANT OPTION FROM ', @user)
  UNION ALL
  SELECT 3, CONCAT('GRANT ', rights, ' ON `', REPLACE(home, '`', '``'), '`.`', REPLACE(name, '`', '``'), '` TO ', @user) FROM grants
  UNION ALL
  -- Here, and only here, _ and % would stand for other characters.
  SELECT 4, CONCAT('GRANT ', rights, ' ON `', REPLACE(REPLACE(REPLACE(home, '`', '``'), '_', '\\_'), '%', '\\%'), '`.* TO ', @user) FROM (
    -- Foreign keys are not shown to who may only read. This right shows them, and opens no row.
    SELECT DISTINCT 'REFERENCES' AS rights, home FROM grants
    UNION ALL
    SELECT DISTINCT 'CREATE TEMPORARY TABLES', home FROM listed WHERE @temporary
  ) AS homes
)
SELECT CONCAT(words, ';') FROM statements ORDER BY step, words;
