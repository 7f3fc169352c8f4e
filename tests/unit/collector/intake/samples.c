/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

/* What get-log-events writes in front of the events of a page. */
#define TOKENS                                                                                     \
    "b/31132629274945519779805322857203735586714454643391594505/s\t"                               \
    "f/31132629323784151764587387538205132201699397759403884544/s\n"

#define STREAM   "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"
#define ID1      "38480917865042697267627490045603633139480491071049695232"
#define ID2      "38480917865042697267627490045603633139480491071049695233"
#define UUID     "76269889-7d50-4d6d-a3f1-9b4f5322f47c"
#define TIME     "1795445605123"
#define SECONDS  "1795445605000"
#define ISO      "2026-11-23T14:53:25.123"
#define START    "START RequestId: " UUID " Version: $LATEST"
#define REPORT   "REPORT RequestId: " UUID "\tDuration: 8.40 ms\tBilled Duration: 9 ms\t"
#define REPORT_E "REPORT RequestId: " UUID "\\tDuration: 8.40 ms\\tBilled Duration: 9 ms\\t"
#define VAGUE                                                                                      \
    "times as a spreadsheet has left them (rounded, or day and month in doubt): the rows are "     \
    "taken in their order, without time"
#define SUBSCRIPTION(message)                                                                      \
    "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\",\"logGroup\":\"/aws/lambda/"     \
    "checkout\",\"logStream\":\"" STREAM "\",\"subscriptionFilters\":[\"all\"],\"logEvents\":[{"   \
    "\"id\":\"" ID1 "\",\"timestamp\":" TIME ",\"message\":\"" message "\"}]}"
#define TOLD(message)                                                                              \
    "event " TIME "|123456789012||/aws/lambda/checkout|" STREAM "||" ID1 "|" message "\n"
#define PAYLOAD_OPEN                                                                               \
    "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":\"/aws/lambda/a\","            \
    "\"logStream\":\"s\",\"logEvents\":[{\"id\":\"1\",\"timestamp\":" TIME ",\"message\":\"m\"},"
#define PAYLOAD_TOLD "event " TIME "|1||/aws/lambda/a|s|||m\n"
#define FILTERED(id, message)                                                                      \
    "{\"logStreamName\":\"" STREAM "\",\"timestamp\":" TIME ",\"message\":\"" message              \
    "\",\"ingestionTime\":1795445609000,\"eventId\":\"" id "\"}"
#define TOLD_FILTERED(id, message) "event " TIME "||||" STREAM "|checkout|" id "|" message "\n"

const struct sample samples[] = {
    {"filter-log-events, two pages, compact", "checkout.json", INTAKE_FILTER_LOG_EVENTS,
     "{\"events\":[" FILTERED(ID1, START "\\n") "," FILTERED(ID2, REPORT_E
                                                             "\\n") "],\"searchedLogStreams\":[],"
                                                                    "\"nextToken\":\"a\"}"
                                                                    "{\"searchedLogStreams\":[{"
                                                                    "\"logStreamName\":\"x\"}],"
                                                                    "\"events\":[]}",
     TOLD_FILTERED(ID1, START "\\n") TOLD_FILTERED(ID2, REPORT_E "\\n")},
    {"filter-log-events, pretty", "checkout.json", INTAKE_FILTER_LOG_EVENTS,
     "{\r\n    \"events\": [\r\n        {\r\n            \"logStreamName\": \"" STREAM
     "\",\r\n            \"timestamp\": " TIME
     ",\r\n            \"message\": \"a \\\"quoted\\\" \\u00e4\\ud83d\\ude00 line\\n\",\r\n"
     "            \"ingestionTime\": 1,\r\n            \"eventId\": \"" ID1
     "\"\r\n        }\r\n    ],\r\n    \"searchedLogStreams\": []\r\n}\r\n",
     TOLD_FILTERED(ID1, "a \"quoted\" \xc3\xa4\xf0\x9f\x98\x80 line\\n")},
    {"get-log-events", "checkout.json", INTAKE_GET_LOG_EVENTS,
     "{\"events\": [{\"timestamp\": " TIME ", \"message\": \"one\", \"ingestionTime\": 1}], "
     "\"nextForwardToken\": \"f/1\", \"nextBackwardToken\": \"b/1\"}\n",
     "event " TIME "|||||checkout||one\n"},
    {"a bare array", "-", INTAKE_FILTER_LOG_EVENTS,
     "[\n" FILTERED(ID1, "one") ",\n" FILTERED(ID2, "two") "\n]\n",
     "event " TIME "||||" STREAM "||" ID1 "|one\nevent " TIME "||||" STREAM "||" ID2 "|two\n"},
    {"JSON lines of events", "checkout.jsonl", INTAKE_FILTER_LOG_EVENTS,
     FILTERED(ID1, "one") "\n" FILTERED(ID2, "two") "\n",
     TOLD_FILTERED(ID1, "one") TOLD_FILTERED(ID2, "two")},
    {"pairs of time and message", "checkout.json", INTAKE_GET_LOG_EVENTS,
     "[[" TIME ", \"one\"], [" TIME ", \"two\\n\"]]",
     "event " TIME "|||||checkout||one\nevent " TIME "|||||checkout||two\\n\n"},
    {"messages", "checkout.json", INTAKE_TEXT, "[\"one\", \"two\\n\"]",
     "event ?|||||checkout||one\nevent ?|||||checkout||two\\n\n"},
    {"messages in quotes, one a line", "checkout.json", INTAKE_TEXT,
     "\"" START "\\n\"\n\"one\\n  \\\"two\\\"\"\r\n\n\"bro\\ken\" \"x\"\nnull\n\"" REPORT_E "\"\n",
     "event ?|||||checkout||" START "\\n\nevent ?|||||checkout||one\\n  \"two\"\n"
     "refused 1|broken JSON|\"bro\\\\ken\" \"x\"\n"
     "event ?|||||checkout||" REPORT_E "\n"},
    {"filter-log-events as text", "checkout.txt", INTAKE_FILTER_LOG_EVENTS,
     "EVENTS\t" ID1 "\t1795445609000\t" STREAM "\t" REPORT "\n\t" TIME "\nEVENTS\t" ID2
     "\t1795445609000\t" STREAM "\ttwo\nlines\t" TIME "\nSEARCHEDLOGSTREAMS\tTrue\tx\n",
     TOLD_FILTERED(ID1, REPORT_E) TOLD_FILTERED(ID2, "two\\nlines")},
    {"get-log-events as text, two pages", "checkout.txt", INTAKE_GET_LOG_EVENTS,
     TOKENS "EVENTS\t1795445609000\t" START "\t" TIME "\n" TOKENS
            "EVENTS\t1795445609000\tb/1\t" TIME "\n",
     "event " TIME "|||||checkout||" START "\nevent " TIME "|||||checkout||b/1\n"},
    {"time and message as text", "checkout.txt", INTAKE_S3_EXPORT,
     TIME "\t" START "\n\n" TIME "\t" REPORT "\n\n",
     "event " TIME "|||||checkout||" START "\nevent " TIME "|||||checkout||" REPORT_E "\n"},
    {"console CSV", "checkout.csv", INTAKE_CONSOLE_CSV,
     "\xef\xbb\xbftimestamp,message\r\n" TIME ",\"" START "\n\"\r\n" TIME
     ",\"say \"\"hi\"\",\r\nthen go\"\r\n" TIME ",plain\r\n",
     "event " TIME "|||||checkout||" START "\\n\nevent " TIME
     "|||||checkout||say \"hi\",\\r\\nthen go\nevent " TIME "|||||checkout||plain\n"},
    {"a spreadsheet's CSV", "checkout.csv", INTAKE_CONSOLE_CSV,
     "sep=;\r\nLog Stream Name;Message;Ingestion Time;Timestamp\n" STREAM ";\"a;b\";1;" ISO "Z\n",
     "event " TIME "||||" STREAM "|checkout||a;b\n"},
    {"CSV without quotes", "checkout.csv", INTAKE_CONSOLE_CSV,
     "timestamp,message\n" TIME ",one, two, \"three\"\n" TIME "\n",
     "event " TIME "|||||checkout||one, two, \"three\"\n"
     "refused 1|a row with fewer columns than its header|" TIME "\n"},
    {"CSV without a time", "checkout.csv", INTAKE_INSIGHTS_CSV,
     "@logStream,@message\n" STREAM ",\"" START "\n\"\n" STREAM ",two\n",
     "event ?||||" STREAM "|checkout||" START "\\n\nevent ?||||" STREAM "|checkout||two\n"},
    {"CSV with a zone in its header", "checkout.csv", INTAKE_CONSOLE_CSV,
     "Timestamp (UTC),Message,Log stream name\n" ISO "Z,one," STREAM "\n",
     "event " TIME "||||" STREAM "|checkout||one\n"},
    {"CSV with times that a spreadsheet has rounded", "checkout.csv", INTAKE_CONSOLE_CSV,
     "timestamp,message\n1.79545E+12,one\n1.79545E+12,two\n20/03/2025 07:13,three\n" TIME
     ",four\n1.795445605123E+12,five\nnever,six\n",
     "refused 1|" VAGUE "|1.79545E+12,one\nevent ?|||||checkout||one\n"
     "event ?|||||checkout||two\nevent ?|||||checkout||three\nevent " TIME
     "|||||checkout||four\nevent " TIME "|||||checkout||five\n"
     "refused 1|an event whose time cannot be|never,six\n"},
    {"text with a control character", "checkout.txt", INTAKE_TEXT,
     START "\none\x01 two\n" REPORT "\n",
     "event ?|||||checkout||" START "\nevent ?|||||checkout||one\x01 two\n"
     "event ?|||||checkout||" REPORT_E "\n"},
    {"Logs Insights CSV", "x.csv", INTAKE_INSIGHTS_CSV,
     "@timestamp,@message,@logStream,@log,@requestId\n2026-11-23 14:53:25.123,\"" START
     "\n\"," STREAM ",123456789012:/aws/lambda/checkout," UUID "\n",
     "event " TIME "|123456789012||/aws/lambda/checkout|" STREAM "|||" START "\\n\n"},
    {"Logs Insights CSV without message", "x.csv", INTAKE_INSIGHTS_CSV,
     "@timestamp,@duration\n2026-11-23 14:53:25.123,8.4\n",
     "refused 1|a row of Logs Insights with neither @message nor @requestId: add one to the "
     "query's fields|2026-11-23 14:53:25.123,8.4\n"},
    {"Logs Insights CSV, the fields of a REPORT", "checkout.csv", INTAKE_INSIGHTS_CSV,
     "@timestamp,@type,@requestId,@logStream,@duration,@billedDuration,@memorySize,"
     "@maxMemoryUsed,@initDuration,@xrayTraceId\n"
     "2026-11-23 14:53:25.123,REPORT," UUID "," STREAM ",8.40,9.0,1.28E8,6.6E7,1.2345E2,1-a-b\n"
     "2026-11-23 14:53:25.123,START," UUID "," STREAM ",,,,,,\n"
     "2026-11-23 14:53:25.123,END," UUID "," STREAM ",,,,,,\n"
     "2026-11-23 14:53:25.123,," UUID "," STREAM ",,100.0,134217728,66060288,,\n"
     "2026-11-23 14:53:25.123,," UUID "," STREAM ",,,,,,\n"
     "2026-11-23 14:53:25.123,REPORT," UUID "," STREAM ",8.4,,,,,\n"
     "2026-11-23 14:53:25.123,REPORT,,,8.4,9.0,,,,\n"
     "2026-11-23 14:53:25.123,REPORT," UUID ",,***,9.0,,,,\n"
     "2026-11-23 14:53:25.123,REPORT," UUID ",,8.4,9.0,128,,,\n",
     "event " TIME "||||" STREAM "|checkout||REPORT RequestId: " UUID
     "\\tDuration: 8.4 ms\\tBilled Duration: 9 ms\\tMemory Size: 128 MB\\tMax Memory Used: 66 MB"
     "\\tInit Duration: 123.45 ms\\t\\nXRAY TraceId: 1-a-b\\t\n"
     "event " TIME "||||" STREAM "|checkout||" START "\n"
     "event " TIME "||||" STREAM "|checkout||END RequestId: " UUID "\n"
     "event " TIME "||||" STREAM "|checkout||REPORT RequestId: " UUID
     "\\tBilled Duration: 100 ms\\tMemory Size: 128 MB\\tMax Memory Used: 63 MB\n"
     "refused 1|a row of Logs Insights without @message: add it to the query's fields|2026-11-23 "
     "14:53:25.123,," UUID "," STREAM ",,,,,,\n"
     "refused 1|a row of Logs Insights with neither @message nor @billedDuration: add one to the "
     "query's fields|2026-11-23 14:53:25.123,REPORT," UUID "," STREAM ",8.4,,,,,\n"
     "refused 1|a row of Logs Insights with neither @message nor @requestId: add one to the "
     "query's fields|2026-11-23 14:53:25.123,REPORT,,,8.4,9.0,,,,\n"
     "refused 1|a row of Logs Insights with a field that cannot be|2026-11-23 "
     "14:53:25.123,REPORT," UUID ",,***,9.0,,,,\n"
     "refused 1|a row of Logs Insights with a field that cannot be|2026-11-23 "
     "14:53:25.123,REPORT," UUID ",,8.4,9.0,128,,,\n"},
    {"Logs Insights CSV, what was billed alone", "checkout.csv", INTAKE_INSIGHTS_CSV,
     "@requestId,@duration,@billedDuration\n" UUID ",8.4,9.0\n@requestId,@billedDuration\n" UUID
     ",9.0\n",
     "event ?|||||checkout||REPORT RequestId: " UUID "\\tDuration: 8.4 ms\\tBilled Duration: 9 ms\n"
     "event ?|||||checkout||REPORT RequestId: " UUID "\\tBilled Duration: 9 ms\n"},
    {"Logs Insights JSON, the fields of a REPORT", "x.json", INTAKE_INSIGHTS_JSON,
     "{\"results\":[[{\"field\":\"@requestId\",\"value\":\"" UUID "\"},{\"field\":"
     "\"@billedDuration\",\"value\":\"9.0\"},{\"field\":\"@memorySize\",\"value\":\"1.28E8\"}]]}\n"
     "{\"@requestId\":\"" UUID
     "\",\"@billedDuration\":9,\"@timestamp\":\"2026-11-23 14:53:25.123\"}\n",
     "event ?|||||x||REPORT RequestId: " UUID "\\tBilled Duration: 9 ms\\tMemory Size: 128 MB\n"
     "event " TIME "|||||x||REPORT RequestId: " UUID "\\tBilled Duration: 9 ms\n"},
    {"Logs Insights, copied as a table", "checkout.md", INTAKE_INSIGHTS_CSV,
     "---\n**CloudWatch Logs Insights**\nregion: eu-west-1\n---\n| @timestamp | @message | "
     "@logStream |\n"
     "|---|:--|---|\n| 2026-11-23 14:53:25.123 | one | two | " STREAM " |\r\n"
     "| 2026-11-23 14:53:25.123 | \"three\nfour | " STREAM
     " |\n| 2026-11-23 14:53:25.123 | five |\nsix\n"
     "| @timestamp | @message | @logStream |\n| 2026-11-23 14:53:25.123 |  | " STREAM " |\n---\n",
     "event " TIME "||||" STREAM "|checkout||one | two\nevent " TIME "||||" STREAM
     "|checkout||\"three\\nfour\nevent " TIME "|||||checkout||five\n"
     "refused 1|text between the rows of a table|six\nevent " TIME "||||" STREAM "|checkout||\n"},
    {"Logs Insights JSON, pairs", "x.json", INTAKE_INSIGHTS_JSON,
     "{\"results\":[[{\"field\":\"@timestamp\",\"value\":\"2026-11-23 14:53:25.123\"},{\"field\":"
     "\"@message\",\"value\":\"" START "\"},{\"field\":\"@logStream\",\"value\":\"" STREAM
     "\"},{\"field\":\"@log\",\"value\":\"123456789012:/aws/lambda/checkout\"},{\"field\":\"@ptr\","
     "\"value\":\"Cn\"}]],\"statistics\":{\"recordsMatched\":1.0},\"status\":\"Complete\"}",
     "event " TIME "|123456789012||/aws/lambda/checkout|" STREAM "|||" START "\n"},
    {"Logs Insights JSON, rows", "x.json", INTAKE_INSIGHTS_JSON,
     "[{\"@timestamp\":\"2026-11-23 14:53:25.123\",\"@message\":\"one\",\"@logStream\":\"" STREAM
     "\"},{\"@timestamp\":\"2026-11-23 14:53:25.123\",\"@type\":\"REPORT\",\"@duration\":\"8.4\"}]",
     "event " TIME "||||" STREAM "|x||one\n"
     "refused 1|a row of Logs Insights with neither @message nor @requestId: add one to the "
     "query's "
     "fields|{\"@timestamp\":\"2026-11-23 "
     "14:53:25.123\",\"@type\":\"REPORT\",\"@duration\":\"8.4\"}\n"},
    {"S3 export", "exportedlogs/0f-1/2026-11-23-[$LATEST]0123456789abcdef0123456789abcdef/000000",
     INTAKE_S3_EXPORT,
     ISO "Z " START "\n" ISO "Z " ISO "Z\t" UUID "\tINFO\ttwo\n    lines\n\n" ISO "Z " REPORT "\n",
     "event " TIME "||||" STREAM "|||" START "\nevent " TIME "||||" STREAM "|||" ISO "Z\\t" UUID
     "\\tINFO\\ttwo\\n    lines\nevent " TIME "||||" STREAM "|||" REPORT_E "\n"},
    {"aws logs tail", "checkout.txt", INTAKE_TAIL,
     ISO "000+00:00 " STREAM " " START "\n" ISO "000+00:00 " STREAM " one\nmore\n" ISO
         "000+00:00 " STREAM " \n{\n    \"a\": 1\n}\n",
     "event " TIME "||||" STREAM "|checkout||" START "\nevent " TIME "||||" STREAM
     "|checkout||one\\nmore\nevent " TIME "||||" STREAM "|checkout||{\\n    \"a\": 1\\n}\n"},
    {"aws logs tail --format short", "checkout.txt", INTAKE_TAIL,
     "2026-11-23T14:53:25 " START "\n2026-11-23T14:53:25 one\n",
     "event " SECONDS "|||||checkout||" START "\nevent " SECONDS "|||||checkout||one\n"},
    {"sam logs", "checkout.txt", INTAKE_TAIL,
     STREAM " " ISO "000 " START "\n" STREAM " " ISO "000 one\n",
     "event " TIME "||||" STREAM "|checkout||" START "\nevent " TIME "||||" STREAM
     "|checkout||one\n"},
    {"sam logs in colours", "checkout.txt", INTAKE_TAIL,
     "\x1b[36m" STREAM "\x1b[0m \x1b[32m" ISO "000\x1b[0m " START "\n\x1b[36m" STREAM
     "\x1b[0m \x1b[32m" ISO "000\x1b[0m one\n",
     "event " TIME "||||" STREAM "|checkout||" START "\nevent " TIME "||||" STREAM
     "|checkout||one\n"},
    {"awslogs get", "x.txt", INTAKE_TAIL,
     "/aws/lambda/checkout " STREAM " " START "\n/aws/lambda/checkout " STREAM " one\n",
     "event ?|||/aws/lambda/checkout|" STREAM "|||" START "\nevent ?|||/aws/lambda/checkout|" STREAM
     "|||one\n"},
    {"awslogs get, lines of Node.js", "x.txt", INTAKE_TAIL,
     "/aws/lambda/checkout " STREAM " " START "\n/aws/lambda/checkout " STREAM " " ISO "Z\t" UUID
     "\tINFO\tone\nmore\n/aws/lambda/checkout " STREAM " " REPORT "\n",
     "event ?|||/aws/lambda/checkout|" STREAM "|||" START "\nevent ?|||/aws/lambda/checkout|" STREAM
     "|||" ISO "Z\\t" UUID "\\tINFO\\tone\\nmore\nevent ?|||/aws/lambda/checkout|" STREAM
     "|||" REPORT_E "\n"},
    {"awslogs get, only lines of Node.js", "x.txt", INTAKE_TAIL,
     "/aws/lambda/checkout " STREAM " " ISO "Z\t" UUID "\tINFO\tone\n",
     "event ?|||/aws/lambda/checkout|" STREAM "|||" ISO "Z\\t" UUID "\\tINFO\\tone\n"},
    {"awslogs get --timestamp", "x.txt", INTAKE_TAIL,
     "/aws/lambda/checkout " STREAM " " ISO "Z " START "\n",
     "event " TIME "|||/aws/lambda/checkout|" STREAM "|||" START "\n"},
    {"pasted lines", "checkout.txt", INTAKE_TEXT,
     START "\r\n" ISO "Z\t" UUID "\tINFO\tone\r\n\r\n" REPORT,
     "event ?|||||checkout||" START "\nevent ?|||||checkout||" ISO "Z\\t" UUID
     "\\tINFO\\tone\nevent ?|||||checkout||" REPORT_E "\n"},
    {"pasted lines of Node.js alone, blanks for tabs", "checkout.txt", INTAKE_TEXT,
     ISO "Z " UUID " INFO one\n" ISO "Z " UUID " INFO two\n",
     "event ?|||||checkout||" ISO "Z " UUID " INFO one\nevent ?|||||checkout||" ISO "Z " UUID
     " INFO two\n"},
    {"serverless logs", "checkout.txt", INTAKE_TEXT,
     START "\n2026-11-23 15:53:25.123 (+01:00)\t" UUID
           "\tERROR\tone\n2026-11-23 15:53:25.123 (+01:00)\t"
           "not an id, which a request's line of this runtime has\n",
     "event ?|||||checkout||" START "\nevent ?|||||checkout||" ISO "Z\\t" UUID "\\tERROR\\tone\n"
     "event ?|||||checkout||2026-11-23 15:53:25.123 (+01:00)\\tnot an id, which a request's line "
     "of "
     "this runtime has\n"},
    {"rows of the console with its signs", "checkout.txt", INTAKE_S3_EXPORT,
     "\xe2\x96\xb6\t" ISO "Z\t" START "\n\xe2\x96\xbc\t\t" ISO "Z\tone\nmore\n\xe2\x80\xa2 " ISO
     "Z two\n",
     "event " TIME "|||||checkout||" START "\nevent " TIME "|||||checkout||one\\nmore\nevent " TIME
     "|||||checkout||two\n"},
    {"lines of the JSON format", "checkout.log", INTAKE_JSON_LINES,
     "{\"time\":\"" ISO "Z\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" UUID
     "\"}}\nnot JSON\n{\"timestamp\":\"" ISO "Z\",\"level\":\"INFO\",\"message\":\"one\"}\n",
     "event ?|||||checkout||{\"time\":\"" ISO
     "Z\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" UUID
     "\"}}\nevent ?|||||checkout||not JSON\nevent ?|||||checkout||{\"timestamp\":\"" ISO
     "Z\",\"level\":\"INFO\",\"message\":\"one\"}\n"},
    {"subscription", "x.json", INTAKE_SUBSCRIPTION, SUBSCRIPTION("one\\n"), TOLD("one\\n")},
    {"subscription, several without separator, one of them to probe", "x.json", INTAKE_SUBSCRIPTION,
     SUBSCRIPTION("one")
         SUBSCRIPTION("two") "{\"messageType\":\"CONTROL_MESSAGE\",\"owner\":\"CloudwatchLogs\","
                             "\"logGroup\":\"\",\"logStream\":\"\",\"subscriptionFilters\":[],"
                             "\"logEvents\":[{\"id\":\"\",\"timestamp\":1,\"message\":\"CWL\"}]}",
     TOLD("one") TOLD("two")},
    {"subscription between what is none of ours", "x.json", INTAKE_SUBSCRIPTION,
     SUBSCRIPTION("one") "\n{\"CHANGE\":1.96,\"PRICE\":57.53}\n{\"broken\":\n"
                         "nothing\n" SUBSCRIPTION("two") "\n",
     TOLD("one") "refused 1|a JSON object that is no log event of a kind known "
                 "here|{\"CHANGE\":1.96,\"PRICE\":57.53}\n"
                 "refused 1|broken JSON|{\"broken\":\n" TOLD("two")},
    {"subscription of other accounts", "x.json", INTAKE_SUBSCRIPTION,
     "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":\"/aws/lambda/a\","
     "\"logStream\":\"s\",\"logEvents\":[{\"id\":\"1\",\"timestamp\":" TIME
     ",\"message\":\"m\",\"extractedFields\":{\"@aws.account\":\"222222222222\",\"@aws.region\":"
     "\"us-west-2\"}},{\"id\":\"2\",\"timestamp\":" TIME ",\"message\":\"n\"}]}",
     "event " TIME "|222222222222|us-west-2|/aws/lambda/a|s|||m\nevent " TIME
     "|1||/aws/lambda/a|s|||n\n"},
    {"subscription of another service", "x.json", INTAKE_SUBSCRIPTION,
     "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":\"/aws/rds/instance/a\","
     "\"logStream\":\"s\",\"logEvents\":[{\"id\":\"1\",\"timestamp\":1,\"message\":\"m\"},{}]}",
     "refused 1|a log group of RDS, not of a "
     "function|{\"id\":\"1\",\"timestamp\":1,\"message\":\"m\"}\n"
     "refused 1|a log group of RDS, not of a function|{}\n"},
    {"subscription that was cut off", "x.json", INTAKE_SUBSCRIPTION, PAYLOAD_OPEN "{\"id\":\"3",
     PAYLOAD_TOLD "refused 1|the input ends inside of a record: it was cut off|event 2 of "
                  "/aws/lambda/a s: {\"id\":\"3\n"},
    {"subscription that was cut off between events", "x.json", INTAKE_SUBSCRIPTION, PAYLOAD_OPEN,
     PAYLOAD_TOLD "refused 1|the input ends inside of a record: it was cut off|event 2 of "
                  "/aws/lambda/a s: (the end of the input)\n"},
    {"subscription with a broken event, and the next one", "x.json", INTAKE_SUBSCRIPTION,
     PAYLOAD_OPEN "{\"id\":\n\"3\" \"4\"},{\"id\":\"5\",\"timestamp\":" TIME
                  ",\"message\":\"lost\"}]}\n" SUBSCRIPTION("two"),
     PAYLOAD_TOLD "refused 1|broken JSON|event 2 of /aws/lambda/a s: {\"id\":\n" TOLD("two")},
    {"subscription in lines, with a broken event", "x.json", INTAKE_SUBSCRIPTION,
     PAYLOAD_OPEN "\n  {\"id\":\n    \"3\" \"4\"\n  },\n  {\"id\":\"5\",\"timestamp\":" TIME
                  ",\"message\":\"kept\"}\n]}\n" SUBSCRIPTION("two"),
     PAYLOAD_TOLD "refused 1|broken JSON|event 2 of /aws/lambda/a s: {\"id\":\nevent " TIME
                  "|1||/aws/lambda/a|s|||kept\n" TOLD("two")},
    {"subscription without an owner, cut off", "x.json", INTAKE_SUBSCRIPTION,
     "{\"messageType\":\"DATA_MESSAGE\",\"logGroup\":\"/aws/lambda/a\",\"logStream\":\"s\","
     "\"logEvents\":[{\"id\":\"1\",\"timestamp\":" TIME ",\"message\":\"m\"},{\"id\":\"3",
     "event " TIME "|||/aws/lambda/a|s|||m\n"
     "refused 1|the input ends inside of a record: it was cut "
     "off|event 2 of /aws/lambda/a s: {\"id\":\"3\n"},
    {"subscription, an element that is no event", "x.json", INTAKE_SUBSCRIPTION,
     PAYLOAD_OPEN "[1],{\"id\":\"5\",\"timestamp\":" TIME ",\"message\":\"kept\"}]}",
     PAYLOAD_TOLD "refused 1|an event that is no object|event 2 of /aws/lambda/a s: [1]\n"
                  "event " TIME "|1||/aws/lambda/a|s|||kept\n"},
    {"subscription, its members in another order", "x.json", INTAKE_SUBSCRIPTION,
     "{\"logEvents\":[{\"id\":\"1\",\"timestamp\":" TIME ",\"message\":\"m\"}],\"logGroup\":"
     "\"/aws/lambda/a\",\"logStream\":\"s\",\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\"}",
     PAYLOAD_TOLD},
    {"what PutLogEvents was given", "x.json", INTAKE_SUBSCRIPTION,
     "{\"logGroupName\":\"/aws/lambda/"
     "a\",\"logStreamName\":\"s\",\"logEvents\":[{\"timestamp\":" TIME ",\"message\":\"m\"}]}",
     "event " TIME "|||/aws/lambda/a|s|||m\n"},
    {"live tail", "x.json", INTAKE_FILTER_LOG_EVENTS,
     "{\"sessionMetadata\":{\"sampled\":false},\"sessionResults\":[{\"logStreamName\":\"s\","
     "\"logGroupIdentifier\":\"123456789012:/aws/lambda/a\",\"message\":\"m\",\"timestamp\":" TIME
     ",\"ingestionTime\":1}]}",
     "event " TIME "|123456789012||/aws/lambda/a|s|||m\n"},
    {"a batch of the Telemetry API", "x.json", INTAKE_JSON_LINES,
     "[{\"time\":\"" ISO "Z\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" UUID
     "\"}},{\"time\":\"" ISO "Z\",\"type\":\"function\",\"record\":\"one\\n\"}]",
     "event " TIME "|||||x||{\"time\":\"" ISO
     "Z\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" UUID "\"}}\nevent " TIME
     "|||||x||one\\n\n"},
    {"EventBridge and SNS", "x.json", INTAKE_SUBSCRIPTION,
     "{\"version\":\"0\",\"detail-type\":\"x\",\"source\":\"y\",\"detail\":" SUBSCRIPTION(
         "one") "}\n{\"Type\":\"Notification\",\"Message\":\""
                "{\\\"messageType\\\":\\\"CONTROL_"
                "MESSAGE\\\",\\\"logEvents\\\":[]}\"}",
     TOLD("one")},
    {"times in all units", "x.json", INTAKE_GET_LOG_EVENTS,
     "[[1795445605,\"s\"],[" TIME ",\"ms\"],[" TIME "000,\"us\"],[" TIME
     "000000,\"ns\"],[\"2026-11-23T15:53:25.123+01:00\",\"iso\"],[\"2026-11-23 14:53:25,123\","
     "\"comma\"],[1,\"absurd\"],[-5,\"negative\"],[\"9999-01-01T00:00:00Z\",\"far\"]]",
     "event " SECONDS "|||||x||s\nevent " TIME "|||||x||ms\nevent " TIME "|||||x||us\nevent " TIME
     "|||||x||ns\nevent " TIME "|||||x||iso\nevent " TIME "|||||x||comma\n"
     "refused 1|an event whose time cannot be|[1,\"absurd\"]\n"
     "refused 1|an event whose time cannot be|[-5,\"negative\"]\n"
     "refused 1|an event whose time cannot be|[\"9999-01-01T00:00:00Z\",\"far\"]\n"},
    {"a cut page", "checkout.json", INTAKE_FILTER_LOG_EVENTS,
     "{\"events\":[" FILTERED(ID1, "one") ","
                                          "{\"logStreamName\":\"2026",
     TOLD_FILTERED(ID1, "one") "refused 1|the input ends inside of a record: it was cut "
                               "off|{\"logStreamName\":\"2026\n"},
    {"rows of Application Insights as CSV", "x.csv", INTAKE_REFUSED,
     "timestamp,id,name,success,operation_Id\n2026-11-23T14:53:25Z,1,f,True,2\n",
     "refused 1|rows of Application Insights as CSV: ask for JSON (az monitor app-insights query)|"
     "timestamp,id,name,success,operation_Id\n"},
    {"VPC flow logs", "x.log", INTAKE_REFUSED,
     "2 123456789012 eni-abc123de 172.31.9.69 1 2 ACCEPT\n",
     "refused 1|VPC flow logs, not a function's log|2 123456789012 eni-abc123de 172.31.9.69 1 2 "
     "ACCEPT\n"},
    {"the probe of an export", "aws-logs-write-test", INTAKE_EMPTY, "Permission Check Successful",
     ""},
    {"nothing", "x", INTAKE_EMPTY, " \n\n ", ""},
};

const size_t samples_count = sizeof(samples) / sizeof(samples[0]);
