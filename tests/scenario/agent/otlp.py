# SPDX-License-Identifier: Apache-2.0
"""Reads OTLP protobuf into plain Python values: enough of the schema to judge what an agent sent."""
import struct


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = struct.unpack_from("<Q", data, at)[0], at + 8
        elif kind == 5:
            value, at = struct.unpack_from("<I", data, at)[0], at + 4
        elif kind == 2:
            size, at = varint(data, at)
            if at + size > len(data):
                raise ValueError("cut")
            value, at = data[at : at + size], at + size
        else:
            raise ValueError("wire type %d" % kind)
        yield number, value


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def any_value(data):
    for number, value in fields(data):
        if number == 1:
            return value.decode("utf-8")
        if number == 2:
            return bool(value)
        if number == 3:
            return signed(value)
        if number == 4:
            return struct.unpack("<d", struct.pack("<Q", value))[0]
        return value
    return None


def pair(data):
    key, value = None, None
    for number, each in fields(data):
        if number == 1:
            key = each.decode("utf-8")
        elif number == 2:
            value = any_value(each)
    return key, value


def put(attributes, data):
    key, value = pair(data)
    if key in attributes:
        raise ValueError("attribute twice: " + key)
    attributes[key] = value


def resource(data):
    attributes = {}
    for number, value in fields(data):
        if number == 1:
            put(attributes, value)
    return attributes


def log_record(data):
    log = {"attributes": {}, "body": None, "event": None, "time": 0, "severity": 0}
    for number, value in fields(data):
        if number == 1:
            log["time"] = value
        elif number == 2:
            log["severity"] = value
        elif number == 3:
            log["severity_text"] = value.decode("utf-8")
        elif number == 5:
            log["body"] = any_value(value)
        elif number == 6:
            put(log["attributes"], value)
        elif number == 9:
            log["trace_id"] = value.hex()
        elif number == 10:
            log["span_id"] = value.hex()
        elif number == 12:
            log["event"] = value.decode("utf-8")
    return log


def span(data):
    item = {"attributes": {}, "parent_id": "", "error": False}
    for number, value in fields(data):
        if number == 1:
            item["trace_id"] = value.hex()
        elif number == 2:
            item["span_id"] = value.hex()
        elif number == 4:
            item["parent_id"] = value.hex()
        elif number == 5:
            item["name"] = value.decode("utf-8")
        elif number == 6:
            item["kind"] = value
        elif number == 7:
            item["start"] = value
        elif number == 8:
            item["end"] = value
        elif number == 9:
            put(item["attributes"], value)
        elif number == 15:
            item["error"] = any(n == 3 and v == 2 for n, v in fields(value))
    return item


def metric(data):
    item = {"name": None}
    for number, value in fields(data):
        if number == 1:
            item["name"] = value.decode("utf-8")
        elif number in (5, 7, 9):
            for inner, point in fields(value):
                if inner == 1:
                    for field, content in fields(point):
                        if field == 6 and number != 9 or (number, field) == (9, 4):
                            item["value"] = content
                        elif field == 4:
                            item["value"] = struct.unpack("<d", struct.pack("<Q", content))[0]
    return item


ITEM = {"logs": log_record, "traces": span, "metrics": metric}


def blocks(signal, data):
    """The blocks of an export request: (resource, scope name, [records])."""
    found = []
    for number, block in fields(data):
        if number != 1:
            continue
        attributes, records, scope = {}, [], ""
        for field, value in fields(block):
            if field == 1:
                attributes = resource(value)
            elif field == 2:
                for inner, content in fields(value):
                    if inner == 1:
                        scope = next((v.decode() for n, v in fields(content) if n == 1), "")
                    elif inner == 2:
                        records.append(ITEM[signal](content))
        found.append((attributes, scope, records))
    return found
