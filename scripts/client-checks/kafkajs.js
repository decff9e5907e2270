// kafkajs, the client of most Node programs, written in JavaScript alone.
//
// Called as `kafkajs.js scenarios` (prints their names) or `kafkajs.js HOST:PORT SCENARIO`. Exit code 0: passed; 1: failed,
// the last line says why; 77: not possible here, the last line says why.
'use strict'

const { randomBytes, randomUUID } = require('crypto')
const { isDeepStrictEqual, inspect } = require('util')
const {
  Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, PartitionAssigners, logLevel,
} = require('kafkajs')

const PATIENCE_MS = 30_000 // how long anything that the broker does by itself may take
const [at, chosen] = process.argv.slice(2)
const KEPT = { 'retention.ms': '-1' } // for timestamps of long ago: by default such records are deleted soon
const topics = []
const open = [] // what is closed at the end, whatever happens

// --- checking ---------------------------------------------------------------------------------------------------------

class Skip extends Error {}

const name = what => `clients-${what}-${randomUUID().replaceAll('-', '').slice(0, 12)}`
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const short = value => inspect(value, { depth: 6, breakLength: Infinity, maxArrayLength: 20 }).slice(0, 600)
const range = n => [...Array(n).keys()]

function check (what, truth, detail) {
  if (!truth) throw new Error(`${what} ${detail === undefined ? '' : short(detail)}`)
}

function same (what, got, expected) {
  check(`${what}: got ${short(got)}, expected ${short(expected)}`, isDeepStrictEqual(got, expected))
}

async function until (what, ask) {
  const end = Date.now() + PATIENCE_MS
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    check(`${what}: not so after ${PATIENCE_MS} ms`, Date.now() < end)
    await sleep(100)
  }
}

// `act` must fail with an error of this type (the name of the Kafka error).
async function refused (what, type, act) {
  let answer
  try { answer = await act() } catch (e) {
    const inner = e.errors?.[0] ?? e.groups?.[0]?.error ?? e.cause ?? e
    check(`${what}: failed with another error: ${e.name} ${e.type} ${e.message}`, inner.type === type || e.type === type)
    return
  }
  throw new Error(`${what}: was accepted, answer ${short(answer)}`)
}

// --- clients ----------------------------------------------------------------------------------------------------------

const kafka = new Kafka({ clientId: 'clients', brokers: [at ?? 'none:0'], logLevel: logLevel.ERROR, retry: { retries: 5 } })

async function connected (client) {
  open.push(client)
  await client.connect()
  return client
}

const admin = () => connected(kafka.admin())
const producer = options => connected(kafka.producer({ allowAutoTopicCreation: false, ...options }))
const consumer = options => connected(kafka.consumer({
  groupId: name('reader'), allowAutoTopicCreation: false, maxWaitTimeInMs: 500, ...options,
}))

async function fresh (what, partitions = 1, configs = {}) {
  const topic = name(what)
  const client = await admin()
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
  const made = await client.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }] })
  same('created', made, true)
  topics.push(topic)
  return topic
}

// Reads with an own group until `count` records are there, and a moment longer for any that should not be.
// Asks `each` (if any) about each record; commits nothing unless told to.
async function read (topic, count, { commit = false, ...options } = {}) {
  const client = await consumer(options)
  const found = []
  await client.subscribe({ topics: [topic], fromBeginning: true })
  await client.run({ autoCommit: commit, eachMessage: async ({ partition, message }) => { found.push({ partition, ...message }) } })
  await until(`${count} records`, () => found.length >= count)
  await sleep(500)
  await client.stop()
  await client.disconnect()
  same('number of records', found.length, count)
  return found
}

const values = records => records.map(r => r.value.toString())
const byPlace = (a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset)

async function send (topic, texts, { partition = 0, client, ...options } = {}) {
  client ??= await producer()
  return client.send({ topic, messages: texts.map(value => ({ value, partition })), ...options })
}

// --- scenarios --------------------------------------------------------------------------------------------------------

const scenarios = {
  // Create, list, describe, grow, delete.
  async topics () {
    const client = await admin()
    const topic = name('topics')
    const create = () => client.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 1 }] })
    const partitions = async () => (await client.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.map(p => p.partitionId).sort()
    same('created', await create(), true)
    same('created again', await create(), false)
    same('described', await partitions(), [0, 1, 2])
    check('listed', (await client.listTopics()).includes(topic))
    same('offsets', (await client.fetchTopicOffsets(topic)).map(p => [p.low, p.high]), Array(3).fill(['0', '0']))
    await client.createPartitions({ topicPartitions: [{ topic, count: 5 }] })
    await until('grown', async () => isDeepStrictEqual(await partitions(), [0, 1, 2, 3, 4]))
    await refused('growing to fewer', 'INVALID_PARTITIONS', () => client.createPartitions({ topicPartitions: [{ topic, count: 2 }] }))
    await client.deleteTopics({ topics: [topic] })
    await until('gone', async () => !(await client.listTopics()).includes(topic))
    await refused('deleting it again', 'UNKNOWN_TOPIC_OR_PARTITION', () => client.deleteTopics({ topics: [topic] }))
  },

  // Keys, null and empty values, headers that repeat, timestamps: all of it comes back, in order.
  async records () {
    const topic = await fresh('records', 2, KEPT)
    const client = await producer()
    const messages = [
      { partition: 0, key: 'key', value: 'value', headers: { a: ['1', '2'], b: '' }, timestamp: '1700000000000' },
      { partition: 0, key: 'key', value: null, headers: {}, timestamp: '1700000000001' },
      { partition: 0, key: null, value: '', headers: { only: Buffer.from([255, 0]) }, timestamp: '1700000000002' },
      { partition: 1, key: 'ä', value: 'ö', headers: {}, timestamp: '1600000000000' },
      { partition: 0, key: '', value: 'last', headers: {}, timestamp: '1700000000003' },
    ]
    const answers = await client.send({ topic, messages })
    same('base offsets', answers.map(a => [a.partition, a.errorCode, a.baseOffset]).sort(), [[0, 0, '0'], [1, 0, '0']])
    const text = x => x === null ? null : Array.isArray(x) ? x.map(text) : Buffer.from(x).toString('latin1')
    const plain = m => ({
      partition: m.partition, key: m.key === null ? null : Buffer.from(m.key).toString(), timestamp: m.timestamp,
      value: m.value === null ? null : Buffer.from(m.value).toString(),
      headers: Object.fromEntries(Object.entries(m.headers).map(([k, v]) => [k, text(v)])),
    })
    const found = (await read(topic, 5)).sort(byPlace)
    same('offsets', found.map(r => [r.partition, r.offset]), [[0, '0'], [0, '1'], [0, '2'], [0, '3'], [1, '0']])
    same('records', found.map(plain), [0, 1, 2, 4, 3].map(n => plain(messages[n])))
  },

  // The codecs, read back unchanged. (No lz4: those for Node write blocks that depend on each other, which Kafka refuses.)
  async compression () {
    const topic = await fresh('compression')
    const snappy = require('kafkajs-snappy')
    const zstd = require('@mongodb-js/zstd')
    CompressionCodecs[CompressionTypes.Snappy] = snappy
    CompressionCodecs[CompressionTypes.ZSTD] = () => ({
      compress: encoder => zstd.compress(encoder.buffer, 3),
      decompress: buffer => zstd.decompress(buffer),
    })
    const client = await producer()
    const expected = []
    for (const codec of ['GZIP', 'Snappy', 'ZSTD', 'None']) {
      const texts = range(200).map(n => `${codec}-${n} `.repeat(20))
      await send(topic, texts, { client, compression: CompressionTypes[codec] })
      expected.push(...texts)
    }
    const found = await read(topic, expected.length)
    same('values', values(found), expected)
    same('offsets', found.map(r => r.offset), expected.map((_, n) => `${n}`))
  },

  // Without any acknowledgement, and with the leader's.
  async acks () {
    const topic = await fresh('acks')
    const client = await producer()
    await send(topic, range(20).map(n => `0-${n}`), { client, acks: 0 })
    await send(topic, range(20).map(n => `1-${n}`), { client, acks: 1 })
    same('values', values(await read(topic, 40)), [0, 1].flatMap(a => range(20).map(n => `${a}-${n}`)))
  },

  // A record below the limit passes, one above the topic's is refused, and a topic may raise it.
  async large () {
    const topic = await fresh('large')
    const raised = await fresh('large-raised', 1, { 'max.message.bytes': '4000000' })
    const client = await producer()
    const value = randomBytes(900_000)
    const big = randomBytes(3_000_000)
    await send(topic, [value], { client })
    await refused('2 MB', 'MESSAGE_TOO_LARGE', () => send(topic, [randomBytes(2_000_000)], { client }))
    await send(raised, [big, Buffer.from('after')], { client })
    // A fetch limit below the record: the broker sends it nevertheless, or the consumer would stand still.
    const found = await read(raised, 2, { maxBytesPerPartition: 100_000, maxBytes: 200_000 })
    check('the values are those sent', found[0].value.equals(big) && found[1].value.toString() === 'after')
    check('the first value is that sent', (await read(topic, 1))[0].value.equals(value))
  },

  // Two members share four partitions, commit, leave; the next one goes on where they were.
  async group () {
    const topic = await fresh('group', 4)
    const groupId = name('group')
    for (const partition of range(4)) await send(topic, range(25).map(n => `${partition}-${n}`), { partition })
    const found = new Map()
    const shares = []
    const members = []
    for (const index of range(2)) {
      const member = await consumer({ groupId, partitionAssigners: [PartitionAssigners.roundRobin] })
      member.on(member.events.GROUP_JOIN, ({ payload }) => { shares[index] = payload.memberAssignment[topic] ?? [] })
      await member.subscribe({ topics: [topic], fromBeginning: true })
      await member.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => { found.set(`${partition}-${message.offset}`, message.value.toString()) },
      })
      members.push(member)
    }
    await until('both have partitions', () => shares[0]?.length === 2 && shares[1]?.length === 2)
    same('partitions', [...shares[0], ...shares[1]].sort(), [0, 1, 2, 3])
    await until('all records', () => found.size === 100)
    check('the values are those sent', [...found].every(([place, value]) => place === value))
    const client = await admin()
    const described = (await client.describeGroups([groupId])).groups[0]
    same('described', [described.state, described.protocol, described.members.length], ['Stable', 'RoundRobinAssigner', 2])
    for (const [index, member] of members.entries()) {
      await member.commitOffsets(shares[index].map(partition => ({ topic, partition, offset: `${25 - partition}`, metadata: 'noted' })))
    }
    for (const member of members) await member.disconnect()
    const [committed] = await client.fetchOffsets({ groupId, topics: [topic] })
    same('committed', committed.partitions.sort((a, b) => a.partition - b.partition).map(p => [p.offset, p.metadata]),
      range(4).map(p => [`${25 - p}`, 'noted']))
    const rest = await read(topic, 6, { groupId, commit: true })
    same('resumed', values(rest).sort(), ['1-24', '2-23', '2-24', '3-22', '3-23', '3-24'])
    const [after] = await client.fetchOffsets({ groupId, topics: [topic] })
    same('committed by itself', after.partitions.map(p => p.offset), Array(4).fill('25'))
  },

  // Earliest, latest, by time; a group's offsets are set and reset; seeking.
  async offsets () {
    const topic = await fresh('offsets', 1, KEPT)
    const client = await producer()
    for (const n of range(10)) {
      await client.send({ topic, messages: [{ value: `${n}`, partition: 0, timestamp: `${1700000000000 + 1000 * n}` }] })
    }
    const asks = await admin()
    same('low and high', (await asks.fetchTopicOffsets(topic)).map(p => [p.offset, p.low, p.high]), [['10', '0', '10']])
    const byTime = []
    for (const ms of [0, 1700000003000, 1700000003001, 1800000000000]) {
      byTime.push((await asks.fetchTopicOffsetsByTimestamp(topic, ms))[0].offset)
    }
    // Where there is none, kafkajs answers the end.
    same('by time', byTime, ['0', '3', '4', '10'])
    const groupId = name('offsets')
    await asks.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '7' }] })
    same('from 7', values(await read(topic, 3, { groupId })), ['7', '8', '9'])
    await asks.resetOffsets({ groupId, topic, earliest: true })
    same('from the beginning', (await read(topic, 10, { groupId })).map(r => r.offset), range(10).map(String))
  },

  // A consumer gets what is written while it waits, soon.
  async tail () {
    const topic = await fresh('tail')
    const reader = await consumer({ maxWaitTimeInMs: 8000 })
    const found = []
    let joined = false
    reader.on(reader.events.GROUP_JOIN, () => { joined = true })
    await reader.subscribe({ topics: [topic], fromBeginning: true })
    await reader.run({ eachMessage: async ({ message }) => { found.push(message.value.toString()) } })
    await until('joined', () => joined)
    await sleep(1000)
    const client = await producer()
    for (const n of range(5)) {
      const began = Date.now()
      await send(topic, [`${n}`], { client })
      await until('it comes', () => found.length === n + 1)
      check('within 4 s though a fetch may wait 8', Date.now() - began < 4000)
    }
    same('values', found, range(5).map(String))
  },

  // What was set is shown, what is altered is shown, nonsense is refused.
  async configs () {
    const topic = await fresh('configs', 1, { 'retention.ms': '3600000', 'cleanup.policy': 'compact' })
    const client = await admin()
    const shown = async () => {
      const { resources: [found] } = await client.describeConfigs({ includeSynonyms: true, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] })
      return Object.fromEntries(found.configEntries.map(c => [c.configName, c]))
    }
    const alter = (name, value) => client.alterConfigs({
      validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] }],
    })
    const before = await shown()
    same('as created', [before['retention.ms'].configValue, before['cleanup.policy'].configValue], ['3600000', 'compact'])
    same('source of a set one', before['retention.ms'].configSource, 1)
    same('a default', [before['retention.bytes'].configValue, before['retention.bytes'].isDefault], ['-1', true])
    await alter('retention.ms', '7200000')
    await until('altered', async () => (await shown())['retention.ms'].configValue === '7200000')
    same('no longer set', (await shown())['cleanup.policy'].configValue, 'delete')
    await refused('a value of the wrong type', 'INVALID_CONFIG', () => alter('retention.ms', 'soon'))
  },

  // List, describe, delete; a group with members is not deleted.
  async groups () {
    const topic = await fresh('groups')
    await send(topic, ['1', '2'])
    const groupId = name('groups')
    const member = await consumer({ groupId })
    let joined = false
    member.on(member.events.GROUP_JOIN, () => { joined = true })
    await member.subscribe({ topics: [topic], fromBeginning: true })
    await member.run({ eachMessage: async () => {} })
    await until('joined', () => joined)
    const client = await admin()
    const listed = async () => (await client.listGroups()).groups.find(g => g.groupId === groupId)
    same('listed', (await listed())?.protocolType, 'consumer')
    await refused('deleting it with a member', 'NON_EMPTY_GROUP', () => client.deleteGroups([groupId]))
    await member.disconnect()
    await until('empty', async () => (await client.describeGroups([groupId])).groups[0].state === 'Empty')
    same('deleted', await client.deleteGroups([groupId]), [{ groupId, errorCode: 0 }])
    same('not listed any more', await listed(), undefined)
    await refused('deleting it again', 'GROUP_ID_NOT_FOUND', () => client.deleteGroups([groupId]))
  },

  // The beginning moves; what was before it is gone.
  async 'delete-records' () {
    const topic = await fresh('delete-records')
    await send(topic, range(10).map(String))
    const client = await admin()
    await client.fetchTopicOffsets(topic) // kafkajs does not look for the leader of a topic that it has not asked about
    await client.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
    same('low and high', (await client.fetchTopicOffsets(topic)).map(p => [p.low, p.high]), [['6', '10']])
    same('values', values(await read(topic, 4)), ['6', '7', '8', '9'])
  },

  // One broker that is its own controller.
  async cluster () {
    const found = await (await admin()).describeCluster()
    check('it has an id', found.clusterId)
    check('its controller is one of its brokers', found.brokers.some(b => b.nodeId === found.controller), found)
  },

  // A producer with a producer id and sequence numbers, each record once.
  async idempotent () {
    const topic = await fresh('idempotent', 2)
    const client = await producer({ idempotent: true, maxInFlightRequests: 1 })
    for (const n of range(100)) {
      await client.send({ topic, messages: range(10).map(m => ({ value: `${n * 10 + m}`, partition: n % 2 })) })
    }
    const found = await read(topic, 1000)
    for (const partition of range(2)) {
      const expected = range(1000).filter(n => Math.floor(n / 10) % 2 === partition).map(String)
      same(`partition ${partition}`, values(found.filter(r => r.partition === partition)), expected)
    }
  },

  // Commit and abort over two partitions with offsets; consumers read committed records only (as kafkajs does).
  async transactions () {
    const topic = await fresh('transactions', 2)
    const source = await fresh('transactions-source')
    const groupId = name('transactions')
    const client = await producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: name('tid') })
    const run = async (word, commit, offset) => {
      const transaction = await client.transaction()
      await transaction.send({ topic, messages: range(10).map(n => ({ value: `${word}-${n}`, partition: n % 2 })) })
      if (offset) {
        await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: source, partitions: [{ partition: 0, offset }] }] })
      }
      await (commit ? transaction.commit() : transaction.abort())
    }
    await run('first', true, '3')
    await run('aborted', false, '5')
    await run('second', true)
    const committed = ['first', 'second'].flatMap(word => range(10).map(n => `${word}-${n}`))
    same('read committed', values(await read(topic, 20)).sort(), committed.sort())
    same('read uncommitted', (await read(topic, 30, { readUncommitted: true })).length, 30)
    const asks = await admin()
    const [offsets] = await asks.fetchOffsets({ groupId, topics: [source] })
    same('offsets of the committed one', offsets.partitions.map(p => p.offset), ['3'])
  },

  // A topic that does not exist is an error.
  async unknown () {
    const topic = name('unknown')
    const client = await admin()
    await refused('metadata', 'UNKNOWN_TOPIC_OR_PARTITION', () => client.fetchTopicMetadata({ topics: [topic] }))
    const writer = await producer({ retry: { retries: 1 } })
    await refused('producing', 'UNKNOWN_TOPIC_OR_PARTITION', () => send(topic, ['x'], { client: writer }))
  },
}

async function main () {
  if (at === 'scenarios') return console.log(Object.keys(scenarios).join('\n'))
  if (!scenarios[chosen]) {
    console.log('usage: kafkajs.js scenarios | HOST:PORT SCENARIO')
    process.exit(2)
  }
  let code = 0
  try {
    await scenarios[chosen]()
    if (topics.length) await (await admin()).deleteTopics({ topics })
  } catch (e) {
    if (!(e instanceof Skip)) console.log(e.stack)
    console.log(`${e.name}: ${e.message}`)
    code = e instanceof Skip ? 77 : 1
  }
  if (code === 0) await Promise.all(open.map(client => client.disconnect()))
  process.exit(code)
}

main()
