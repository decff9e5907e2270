// github.com/thmeitz/ksqldb-go: statements that it parses itself, pull and push queries, status of server and commands.
package main

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/thmeitz/ksqldb-go"
	"github.com/thmeitz/ksqldb-go/net"
)

// check ends the program with what went wrong.
func check(ok bool, what ...interface{}) {
	if !ok {
		fmt.Println(what...)
		os.Exit(1)
	}
}

func main() {
	client, err := ksqldb.NewClientWithOptions(net.Options{BaseUrl: os.Args[1], AllowHTTP: true})
	check(err == nil, err)
	defer client.Close()
	info, err := client.GetServerInfo()
	check(err == nil && info.ServerStatus == "RUNNING", info, err)
	health, err := client.GetServerStatus()
	check(err == nil && *health.IsHealthy, health, err)
	valid, err := client.ValidateProperty("auto.offset.reset")
	check(err == nil && *valid, err)

	run := func(sql string, properties ksqldb.PropertyMap) ksqldb.KsqlResponseSlice {
		answer, err := client.Execute(ksqldb.ExecOptions{KSql: sql, StreamsProperties: properties})
		check(err == nil, sql, err)
		return *answer
	}
	created := run("CREATE STREAM GO_S (ID INT KEY, V STRING) WITH (KAFKA_TOPIC='go_s', VALUE_FORMAT='JSON', PARTITIONS=2);", nil)
	check(created[0].CommandStatus.Status == "SUCCESS", created)
	status, err := client.GetQueryStatus("/" + created[0].CommandId)
	check(err == nil && status.Status == "SUCCESS", status, err)
	run("CREATE TABLE GO_T AS SELECT ID, COUNT(*) AS C FROM GO_S GROUP BY ID;", ksqldb.PropertyMap{"auto.offset.reset": "earliest"})
	listed := run("SHOW STREAMS;", nil)
	check(listed[0].Stream != nil && len(*listed[0].Stream) > 0, listed)

	// A push query of this client begins with what comes after it.
	rows, headers, ended := make(chan ksqldb.Row), make(chan ksqldb.Header), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- client.Push(ctx, "SELECT V FROM GO_S EMIT CHANGES;", rows, headers) }()
	select {
	case <-headers:
	case err := <-ended:
		check(false, "no header", err)
	case <-time.After(20 * time.Second):
		check(false, "no header")
	}
	run("INSERT INTO GO_S (ID, V) VALUES (1, 'a');", nil)
	run("INSERT INTO GO_S (ID, V) VALUES (1, 'b');", nil)
	for _, want := range []string{"a", "b"} {
		select {
		case row := <-rows:
			check(reflect.DeepEqual(row, ksqldb.Row{want}), row)
		case <-time.After(20 * time.Second):
			check(false, "no row", want)
		}
	}
	cancel()

	pulled := ksqldb.Payload{}
	for i := 0; i < 100 && !reflect.DeepEqual(pulled, ksqldb.Payload{{1.0, 2.0}}); i++ {
		time.Sleep(100 * time.Millisecond)
		options := ksqldb.QueryOptions{Sql: "SELECT * FROM GO_T WHERE ID = 1;"}
		if _, pulled, err = client.Pull(context.Background(), options); err == ksqldb.ErrNotFound {
			err = nil
		}
		check(err == nil, err)
	}
	check(reflect.DeepEqual(pulled, ksqldb.Payload{{1.0, 2.0}}), pulled)
	_, err = client.Execute(ksqldb.ExecOptions{KSql: "DROP STREAM NOWHERE;"})
	check(err != nil, "a wrong statement was taken")
	run("DROP TABLE GO_T DELETE TOPIC; DROP STREAM GO_S DELETE TOPIC;", nil)
	fmt.Println("done")
}
