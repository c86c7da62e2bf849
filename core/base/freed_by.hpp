// Objects of C libraries held by values: std::unique_ptr<X509, FreedBy<X509_free>>.
#pragma once
#include <memory>

namespace messo {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace messo
