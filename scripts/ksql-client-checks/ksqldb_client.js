// `ksqldb-client` of npm: one HTTP/2 connection for statements, inserts, pull and push queries.
const assert = require('assert');
const KsqldbClient = require('ksqldb-client');

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

(async () => {
  const url = new URL(process.argv[2]);
  const client = new KsqldbClient({ host: `http://${url.hostname}`, port: Number(url.port) });
  await client.connect();
  const fine = (answer) => assert(!answer.error, JSON.stringify(answer));
  fine(await client.executeStatement(
    "CREATE STREAM C_S (ID INT KEY, V STRING) WITH (kafka_topic='c_s', value_format='JSON', partitions=1);"));
  fine(await client.executeStatement('CREATE TABLE C_T AS SELECT ID, COUNT(*) AS C FROM C_S GROUP BY ID;'));
  const listed = await client.listStreams();
  assert(JSON.stringify(listed).includes('C_S'), JSON.stringify(listed));
  assert(JSON.stringify(await client.describeSource('C_S')).includes('"V"'));

  const pushed = [];
  let queryId;
  const push = client.streamQuery('SELECT V FROM C_S EMIT CHANGES;', (data) => {
    queryId = queryId || (data.metadata && data.metadata.queryId);
    pushed.push(...(data.rows || []));
  });
  for (let i = 0; !queryId && i < 100; i++) await wait(100);
  assert(queryId);
  for (const row of [{ ID: 1, V: 'a' }, { ID: 1, V: 'b' }]) fine(await client.insertInto('C_S', row));
  for (let i = 0; pushed.length < 2 && i < 100; i++) await wait(100);
  assert(JSON.stringify(pushed).includes('a') && JSON.stringify(pushed).includes('b'), JSON.stringify(pushed));
  fine(await client.terminatePushQuery(queryId));
  await push;

  let answer;
  for (let i = 0; i < 100; i++) {
    answer = await client.query('SELECT * FROM C_T WHERE ID = 1;');
    if (JSON.stringify(answer.data && answer.data.rows).includes('2')) break;
    await wait(100);
  }
  fine(answer);
  assert(JSON.stringify(answer.data.rows).includes('2'), JSON.stringify(answer.data));
  const wrong = await client.query('SELECT nothing FROM nowhere;');
  assert(wrong.error, JSON.stringify(wrong));
  fine(await client.executeStatement('DROP TABLE C_T DELETE TOPIC;'));
  fine(await client.executeStatement('DROP STREAM C_S DELETE TOPIC;'));
  await client.disconnect();
  console.log('done');
  process.exit(0);
})().catch((error) => {
  console.error(error.stack || error);
  process.exit(1);
});
