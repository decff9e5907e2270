// `ksqldb-js` of npm: statements, inserts, a pull query, a push query over HTTP/2 and its end.
const assert = require('assert');
const Ksqldb = require('ksqldb-js');

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

(async () => {
  const client = new Ksqldb({ ksqldbURL: process.argv[2] });
  await client.createStream('JS_S', ['name VARCHAR', 'age INTEGER'], 'js_s', 'json', 1);
  const streams = await client.ksql('LIST STREAMS;');
  assert(streams.streams.some((s) => s.name === 'JS_S'), JSON.stringify(streams));

  // It has no way to start a push query earlier than with the next row.
  const pushed = [];
  client.push('SELECT name FROM JS_S EMIT CHANGES;', (data) => pushed.push(data));
  for (let i = 0; pushed.length < 1 && i < 100; i++) await wait(100);
  const queryId = JSON.parse(pushed[0]).queryId;
  assert(queryId, pushed[0]);
  const acks = await client.insertStream('JS_S', [{ NAME: 'Ada', AGE: 36 }, { NAME: 'Grace', AGE: 85 }]);
  assert(JSON.stringify(acks).includes('ok'), JSON.stringify(acks));
  for (let i = 0; !pushed.join('').includes('Grace') && i < 100; i++) await wait(100);
  assert(pushed.join('').includes('["Ada"]') && pushed.join('').includes('["Grace"]'), pushed.join(''));
  await client.terminate(queryId);

  const rows = await client.pull('SELECT * FROM JS_S;');
  assert.deepStrictEqual(rows.slice(1), [['Ada', 36], ['Grace', 85]], JSON.stringify(rows));
  const info = await client.inspectServerInfo();
  assert(info.data.KsqlServerInfo.version, info.data);
  const health = await client.inspectServerHealth();
  assert(health.data.isHealthy === true, health.data);
  await assert.rejects(client.ksql('SELECT nothing;'));
  await client.ksql('DROP STREAM JS_S DELETE TOPIC;');
  console.log('done');
  process.exit(0);
})().catch((error) => {
  console.error(error.stack || error);
  process.exit(1);
});
