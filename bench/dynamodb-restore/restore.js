// The article's restore.js, on the AWS SDK for JavaScript v3: v2, which the article uses, has no support any more.
// The same logic: all items in memory, a putItem for each at once, errors logged and forgotten.
const { DynamoDB } = require("@aws-sdk/client-dynamodb");
const dynamodb = new DynamoDB({ region: "ap-northeast-1" });
const fs = require("fs");

const tableName = process.env.TABLE_NAME;
const readline = require("readline");
const filePath = process.argv[2];

const stream = fs.createReadStream(filePath, { encoding: "utf8" });
const rl = readline.createInterface({ input: stream });

let Items = [];

const main = async () => {
  for await (const line of rl) {
    Items.push(JSON.parse(line).Item);
  }
  await Promise.all(
    Items.map(async (item) => {
      const params = { TableName: tableName, Item: item };
      try {
        await dynamodb.putItem(params);
      } catch (e) {
        console.log(e);
        console.log("The table could not be updated.");
      }
    }),
  );
};

main();
