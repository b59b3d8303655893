-- reverse: create index "company_name" to table: "companies"
DROP INDEX "company_name";
-- reverse: create "companies" table
DROP TABLE "companies";
