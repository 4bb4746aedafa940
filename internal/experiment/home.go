package experiment

import (
	"reflect"
	"slices"
)

// object is a mapping of a document and its type.
type object struct {
	path string
	t    reflect.Type
}

// homeOf is the path of the object in a document's spec that has the field, the one closest
// to the top; empty if none has it, or several at the same level do.
func homeOf(root reflect.Type, field string) string {
	var seen []reflect.Type
	for level := []object{{t: root}}; len(level) > 0; {
		var homes []string
		var next []object
		for _, at := range level {
			seen = append(seen, at.t)
			v := reflect.New(at.t).Elem()
			if slices.Contains(jsonFieldNames(v), field) {
				homes = append(homes, at.path)
			}
			next = append(next, objectsIn(at, v, seen)...)
		}
		if len(homes) > 0 {
			return only(homes)
		}
		level = next
	}
	return ""
}

// objectsIn are the objects inside one that were not seen yet. Of a whole document only the
// spec is searched: metadata has many names that nobody writes by hand.
func objectsIn(at object, v reflect.Value, seen []reflect.Type) (in []object) {
	eachJSONField(v, func(name string, field reflect.Value) {
		t := field.Type()
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			if t.Kind() == reflect.Slice {
				name += "[]"
			}
			t = t.Elem()
		}
		if t.Kind() == reflect.Struct && !slices.Contains(seen, t) && (at.path != "" || name == "spec") {
			in = append(in, object{child(at.path, name), t})
		}
	})
	return in
}

func only(paths []string) string {
	if len(paths) == 1 {
		return paths[0]
	}
	return ""
}
