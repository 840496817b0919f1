// The compiled part of Boost.Asio, once, so that the other files of io/ only see its declarations.
#include <boost/asio/impl/src.hpp>
